import Kafka
import Synchronization
import TestSupport
import Testing

@Suite(.waiting) struct ProducerTests {
    @Test func everyMessageIsReportedOnceWithItsTicket() throws {
        let broker = try EmbeddedBroker(topics: [("t", 3)])
        defer { broker.stop() }
        let reports = Reports()
        let producer = try makeProducer(broker.bootstrapServers, reports: reports)
        for ticket in 0..<1_000 {
            try producer.send(
                topic: "t", partition: Int32(ticket % 3), key: nil, value: bytes("\(ticket)"), ticket: ticket)
        }
        try producer.send(topic: "t", partition: 0, key: nil, value: bytes("last"), ticket: -5)
        try producer.flush(timeoutMilliseconds: 20_000)
        let all = reports.all
        #expect(all.map(\.ticket).sorted() == [-5] + Array(0..<1_000))
        #expect(all.allSatisfy { $0.error == nil && $0.topic == "t" })
        #expect(all.filter { $0.ticket >= 0 }.allSatisfy { Int($0.partition) == $0.ticket % 3 })
        #expect(all.filter { $0.partition == 1 }.compactMap(\.offset) == Array(0..<333))
        #expect(producer.queued == 0)
        producer.close()
    }

    @Test func aPassingErrorIsMendedByTryingAgain() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let reports = Reports()
        let producer = try makeProducer(broker.bootstrapServers, ["retry.backoff.ms": "20"], reports: reports)
        // 7 is REQUEST_TIMED_OUT.
        try broker.failNext(3, .produce, code: 7)
        try producer.send(topic: "t", key: nil, value: bytes("v"), ticket: 1)
        try producer.flush(timeoutMilliseconds: 20_000)
        #expect(reports.all.map(\.ticket) == [1])
        #expect(reports.all.first?.error == nil)
        #expect(reports.all.first?.offset == 0)
    }

    @Test func aRefusedMessageIsReportedWithTheReason() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let reports = Reports()
        let producer = try makeProducer(broker.bootstrapServers, reports: reports)
        // 29 is TOPIC_AUTHORIZATION_FAILED.
        try broker.failNext(1, .produce, code: 29)
        try producer.send(topic: "t", key: nil, value: bytes("v"), ticket: 8)
        try producer.flush(timeoutMilliseconds: 20_000)
        let report = try #require(reports.all.first)
        #expect(reports.all.count == 1)
        #expect(report.ticket == 8)
        #expect(report.offset == nil)
        let error = try #require(report.error)
        #expect(error.name == "TOPIC_AUTHORIZATION_FAILED")
        #expect(error.code == 29)
        #expect(!error.isRetriable)
        #expect(error.description.contains("message 8 to t") && error.description.contains("ACL"))
    }

    @Test func aFullQueueHoldsTheSenderThenThrows() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let reports = Reports()
        let producer = try makeProducer(
            broker.bootstrapServers, ["queue.buffering.max.messages": "10"],
            queueFullTimeoutMilliseconds: 200,
            reports: reports)
        try fill(producer, "t", 0..<1)
        try broker.takeDown()
        var sent = 0
        let error = #expect(throws: KafkaError.self) {
            while sent < 100 {
                try producer.send(
                    topic: "t", key: nil, value: bytes("\(sent)"), headers: [Header(name: "h", text: "x")],
                    ticket: sent)
                sent += 1
            }
        }
        #expect(error?.name == "_QUEUE_FULL")
        #expect(error?.isRetriable == true)
        #expect(error?.message.contains("10 messages wait") == true, "\(String(describing: error))")
        #expect(sent == 10)
        #expect(producer.queued == 10)
        let left = #expect(throws: KafkaError.self) { try producer.flush(timeoutMilliseconds: 100) }
        #expect(left?.name == "_TIMED_OUT")
        #expect(left?.message.contains("10 messages left") == true)
        // With the broker back, the waiting sender goes on by itself.
        try broker.bringUp()
        try producer.flush(timeoutMilliseconds: 20_000)
        #expect(reports.all.count == 11)
        #expect(reports.all.allSatisfy { $0.error == nil })
    }

    @Test func backPressureLosesNothing() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let reports = Reports()
        let producer = try makeProducer(
            broker.bootstrapServers, ["queue.buffering.max.messages": "50"], reports: reports)
        for ticket in 0..<2_000 { try producer.send(topic: "t", key: nil, value: [1], ticket: ticket) }
        try producer.flush(timeoutMilliseconds: 20_000)
        #expect(reports.all.map(\.ticket) == Array(0..<2_000))
        #expect(reports.all.allSatisfy { $0.error == nil })
    }

    @Test func closeGivesUpWhatCannotBeDelivered() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let reports = Reports()
        let producer = try makeProducer(broker.bootstrapServers, reports: reports)
        try fill(producer, "t", 0..<1)
        try broker.takeDown()
        for ticket in 1..<6 { try producer.send(topic: "t", key: nil, value: [1], ticket: ticket) }
        producer.close(timeoutMilliseconds: 100)
        producer.close()
        #expect(reports.all.map(\.ticket).sorted() == Array(0..<6))
        let lost = reports.all.filter { $0.ticket > 0 }
        #expect(lost.allSatisfy { $0.error?.name.hasPrefix("_PURGE_") == true }, "\(lost)")
        let error = #expect(throws: KafkaError.self) { try producer.send(topic: "t", key: nil, value: [1]) }
        #expect(error?.name == "_DESTROY")
        #expect(producer.queued == 0)
    }

    @Test func closeSendsWhatIsQueued() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let reports = Reports()
        let producer = try makeProducer(broker.bootstrapServers, ["linger.ms": "60000"], reports: reports)
        for ticket in 0..<5 { try producer.send(topic: "t", key: nil, value: [1], ticket: ticket) }
        producer.close()
        #expect(reports.all.map(\.ticket) == Array(0..<5))
        #expect(reports.all.allSatisfy { $0.error == nil })
    }

    @Test func aMessageThatIsTooLargeThrows() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let producer = try makeProducer(broker.bootstrapServers, ["message.max.bytes": "2000"])
        let error = #expect(throws: KafkaError.self) {
            try producer.send(topic: "t", key: nil, value: [UInt8](repeating: 0, count: 5_000))
        }
        #expect(error?.name == "MSG_SIZE_TOO_LARGE")
        #expect(error?.message.contains("to t") == true)
    }

    @Test func aBrokerThatCannotBeReachedIsTold() throws {
        let names = Mutex<[String]>([])
        let producer = try Producer(
            properties: ["bootstrap.servers": "127.0.0.1:1"],
            onError: { error in names.withLock { $0.append(error.name) } }, onDelivery: { _ in })
        try wait(for: "the error") { names.withLock { $0.contains("_ALL_BROKERS_DOWN") } }
        producer.close(timeoutMilliseconds: 0)
    }

    @Test func metadataNamesTopicsWithoutCreatingThem() throws {
        let broker = try EmbeddedBroker(topics: [("t", 2)])
        defer { broker.stop() }
        let producer = try makeProducer(broker.bootstrapServers)
        #expect(try producer.metadata(topics: ["nowhere"], timeoutMilliseconds: 5_000).topics.isEmpty)
        #expect(try producer.metadata(timeoutMilliseconds: 5_000).topics == ["t": [0, 1]])
    }

    /// The values of Apache Kafka's own test of `Utils.murmur2`.
    static let murmur2: [(key: String, hash: Int32)] = [
        ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ]

    @Test(arguments: [7, 16]) func aKeyGoesWhereJavasClientsSendIt(partitions: Int) throws {
        let broker = try EmbeddedBroker(topics: [("t", partitions)])
        defer { broker.stop() }
        let reports = Reports()
        let producer = try makeProducer(broker.bootstrapServers, reports: reports)
        for (ticket, each) in Self.murmur2.enumerated() {
            try producer.send(topic: "t", key: bytes(each.key), value: [1], ticket: ticket)
        }
        try producer.flush(timeoutMilliseconds: 20_000)
        #expect(reports.all.count == Self.murmur2.count)
        for report in reports.all {
            let expected = Int(Self.murmur2[report.ticket].hash & 0x7fff_ffff) % partitions
            #expect(Int(report.partition) == expected, "\(Self.murmur2[report.ticket].key)")
        }
    }
}
