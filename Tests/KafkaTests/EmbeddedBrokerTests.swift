import Foundation
import Kafka
import TestSupport
import Testing

@Suite(.waiting) struct EmbeddedBrokerTests {
    /// A port on which a broker could be started a moment ago.
    private func freePort() throws -> Int {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        return try #require(broker.bootstrapServers.split(separator: ":").last.flatMap { Int($0) })
    }

    @Test func aFixedPortIsUsedAgainAtOnceAndHeldMeanwhile() throws {
        let port = try freePort()
        for _ in 0..<2 {
            let broker = try EmbeddedBroker(port: port, topics: [("t", 2)])
            #expect(broker.bootstrapServers == "127.0.0.1:\(port)")
            let producer = try makeProducer(broker.bootstrapServers)
            try fill(producer, "t", 0..<3)
            let error = #expect(throws: KafkaError.self) { try EmbeddedBroker(port: port) }
            #expect(error?.message.contains("\(port)") == true)
            #expect(error?.message.contains("in use") == true)
            #expect(try producer.metadata(timeoutMilliseconds: 5_000).topics == ["t": [0, 1]])
            producer.close()
            broker.stop()
            broker.stop()
        }
    }

    @Test func severalBrokersTakePortsInTurn() throws {
        // Ports may be taken by others between looking and using; another place is tried.
        for _ in 0..<10 {
            let port = try freePort()
            guard port < 65_530, let broker = try? EmbeddedBroker(brokers: 3, port: port) else { continue }
            defer { broker.stop() }
            let ports = broker.bootstrapServers.split(separator: ",").map(String.init)
            #expect(Set(ports) == Set((0..<3).map { "127.0.0.1:\(port + $0)" }))
            return
        }
        Issue.record("no three free ports in a row")
    }

    @Test func brokersWithoutAPortDoNotMeet() throws {
        let first = try EmbeddedBroker()
        let second = try EmbeddedBroker()
        #expect(first.bootstrapServers != second.bootstrapServers)
        first.stop()
        second.stop()
    }

    @Test func badNumbersAreRefused() throws {
        #expect(throws: KafkaError.self) { try EmbeddedBroker(brokers: 0) }
        #expect(throws: KafkaError.self) { try EmbeddedBroker(port: 70_000) }
        #expect(throws: KafkaError.self) { try EmbeddedBroker(brokers: 2, port: 65_535) }
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        let error = #expect(throws: KafkaError.self) { try broker.createTopic("t", partitions: 1) }
        #expect(error?.name == "TOPIC_ALREADY_EXISTS")
        broker.stop()
        #expect(throws: KafkaError.self) { try broker.createTopic("u", partitions: 1) }
    }

    @Test func aBrokerThatComesBackHasItsRecords() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let producer = try makeProducer(broker.bootstrapServers)
        try fill(producer, "t", 0..<5)
        try broker.takeDown()
        try broker.bringUp()
        try fill(producer, "t", 5..<10)
        try broker.setRoundTripTime(milliseconds: 20)
        let consumer = try makeConsumer(broker.bootstrapServers)
        try consumer.assign([TopicPartitionOffset(topic: "t", partition: 0, offset: 0)])
        #expect(try read(consumer) { $0.count >= 10 }.map(\.text) == (0..<10).map { "\($0)" })
    }

    @Test(.enabled(if: kcat != nil, "kcat is not on the PATH"))
    func anotherProgramCanUseIt() throws {
        let port = try freePort()
        let broker = try EmbeddedBroker(port: port, topics: [("shared-topic", 3)])
        defer { broker.stop() }
        let process = Process()
        let output = Pipe()
        process.executableURL = kcat
        process.arguments = ["-L", "-b", "127.0.0.1:\(port)", "-m", "10"]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(text.contains("topic \"shared-topic\" with 3 partitions"), "\(text)")
        #expect(text.contains("127.0.0.1:\(port)"))
    }
}

/// Where kcat is, if it is on the path.
private let kcat: URL? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { URL(fileURLWithPath: String($0)).appendingPathComponent("kcat") }
    .first { FileManager.default.isExecutableFile(atPath: $0.path) }
