import Dispatch
import Kafka
import Synchronization
import TestSupport
import Testing

@Suite(.waiting) struct RecordTests {
    @Test func aRecordComesBackAsItWasSent() throws {
        let broker = try EmbeddedBroker(topics: [("a-topic-with-a-name-that-is-not-short", 2)])
        defer { broker.stop() }
        let topic = "a-topic-with-a-name-that-is-not-short"
        let producer = try makeProducer(broker.bootstrapServers)
        let headers = [
            Header(name: "kind", text: "first"), Header(name: "null", value: nil),
            Header(name: "empty", value: []),
            Header(name: "kind", text: "last"),
        ]
        try producer.send(
            topic: topic, partition: 1, key: [0, 255, 7], value: bytes("hello"), headers: headers,
            timestampMilliseconds: 1_700_000_000_123)
        try producer.send(topic: topic, partition: 1, key: nil, value: bytes("bare"))
        try producer.flush(timeoutMilliseconds: 10_000)

        let consumer = try makeConsumer(broker.bootstrapServers)
        try consumer.assign([
            TopicPartitionOffset(topic: topic, partition: 1, offset: TopicPartitionOffset.beginning)
        ])
        let copies = try read(consumer) { $0.count >= 2 }
        #expect(copies.count == 2)
        #expect(copies[0].topic == topic)
        #expect(copies[0].partition == 1)
        #expect(copies[0].offset == 0)
        #expect(copies[0].timestamp == 1_700_000_000_123)
        #expect(copies[0].key == [0, 255, 7])
        #expect(copies[0].text == "hello")
        #expect(copies[0].headers == headers)
        #expect(copies[1].key == nil)
        #expect(copies[1].headers.isEmpty)
        #expect(copies[1].offset == 1)
        let now = try #require(copies[1].timestamp)
        #expect(now > 1_700_000_000_123)

        try consumer.seek(
            to: TopicPartitionOffset(topic: topic, partition: 1, offset: 0), timeoutMilliseconds: 5_000)
        var batch = try consumer.poll(maximum: 1, timeoutMilliseconds: 10_000)
        try #require(batch.count == 1)
        #expect(batch[0].hasHeaders)
        #expect(batch[0].header(named: "kind").map(Array.init) == bytes("last"))
        #expect(batch[0].header(named: "empty").map(Array.init) == [])
        #expect(batch[0].header(named: "null") == nil)
        #expect(batch[0].header(named: "absent") == nil)
        batch = try consumer.poll(maximum: 1, timeoutMilliseconds: 10_000)
        try #require(batch.count == 1)
        #expect(!batch[0].hasHeaders)
        #expect(batch[0].header(named: "kind") == nil)
    }

    @Test func tombstonesAndEmptyValuesAreKeptApart() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let producer = try makeProducer(broker.bootstrapServers)
        try producer.send(topic: "t", key: bytes("k"), value: nil)
        try producer.send(topic: "t", key: bytes("k"), value: [])
        try producer.send(topic: "t", key: [], value: bytes("v"))
        try producer.flush(timeoutMilliseconds: 10_000)
        let consumer = try makeConsumer(broker.bootstrapServers)
        try consumer.assign([TopicPartitionOffset(topic: "t", partition: 0, offset: 0)])
        let copies = try read(consumer) { $0.count >= 3 }
        #expect(copies.map(\.value) == [nil, [], bytes("v")])
        #expect(copies.map(\.key) == [bytes("k"), bytes("k"), []])
    }

    @Test func aBatchOutlivesItsConsumerAndBroker() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        let producer = try makeProducer(broker.bootstrapServers)
        try fill(producer, "t", 0..<500)
        producer.close()
        let consumer = try makeConsumer(broker.bootstrapServers)
        try consumer.assign([TopicPartitionOffset(topic: "t", partition: 0, offset: 0)])
        var batches: [RecordBatch] = []
        try wait(for: "500 records") {
            batches.append(try consumer.poll(maximum: 100, timeoutMilliseconds: 100))
            return batches.reduce(0) { $0 + $1.count } >= 500
        }
        #expect(batches.allSatisfy { $0.count <= 100 })
        consumer.close()
        broker.stop()
        let texts = batches.flatMap { batch in (0..<batch.count).map { Copy(batch[$0]).text } }
        #expect(texts == (0..<500).map { "\($0)" })
        // A record alone keeps the bytes too.
        let last = try #require(batches.last { $0.count > 0 })
        let record = last[last.count - 1]
        batches = []
        #expect(Copy(record).text == "499")
    }

    @Test func severalThreadsReadOneBatch() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let producer = try makeProducer(broker.bootstrapServers)
        for number in 0..<2_000 {
            try producer.send(
                topic: "t", key: nil, value: bytes("\(number)"),
                headers: [Header(name: "n", text: "\(number)")])
        }
        try producer.flush(timeoutMilliseconds: 20_000)
        let consumer = try makeConsumer(broker.bootstrapServers)
        try consumer.assign([TopicPartitionOffset(topic: "t", partition: 0, offset: 0)])
        var seen = 0
        try wait(for: "2000 records") {
            let batch = try consumer.poll(maximum: 2_000, timeoutMilliseconds: 100)
            let right = Atomic(0)
            // Every record by two threads, so that they meet at its headers.
            DispatchQueue.concurrentPerform(iterations: batch.count * 2) { iteration in
                let record = batch[iteration / 2]
                let header = record.header(named: "n").map(Array.init)
                if header != nil && header == record.value.map(Array.init) && record.topic == "t" {
                    right.add(1, ordering: .relaxed)
                }
            }
            #expect(right.load(ordering: .relaxed) == batch.count * 2)
            seen += batch.count
            return seen >= 2_000
        }
    }
}
