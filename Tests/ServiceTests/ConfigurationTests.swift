import Foundation
import Service
import Testing

@Suite struct ConfigurationTests {
    private let least = "stream: s\nbrokers: localhost:9092\ndimension: 4\n"

    private func load(_ more: String, _ environment: [String: String] = [:]) throws -> Configuration {
        try Configuration(yaml: least + more, environment: environment)
    }

    @Test("Names follow from the stream, everything else has a default")
    func defaults() throws {
        let configuration = try load("")
        #expect(configuration.topics.samples == "weir.s.samples")
        #expect(configuration.topics.deadLetters == "weir.s.dlq")
        #expect(configuration.consumer.group == "weir-s")
        #expect(configuration.snapshots.folder == "snapshots/s")
        #expect(configuration.memory.codebooks == 128)
        #expect(configuration.consumerProperties["bootstrap.servers"] == "localhost:9092")
    }

    @Test("The effective configuration, printed and read again, is the same")
    func printed() throws {
        let configuration = try load(
            "memory:\n  keys: 77\nkafka:\n  socket.timeout.ms: 5000\nevaluation:\n  window: 12\n")
        #expect(try Configuration(yaml: configuration.yaml(), environment: [:]) == configuration)
    }

    @Test(
        "Faults are named with the setting and what to do",
        arguments: [
            ("memroy:\n  keys: 3\n", "did you mean memory"),
            ("memory:\n  codebook: 3\n", "did you mean memory.codebooks"),
            ("memory: 3\n", "memory is a section"),
            ("memory:\n  keys: many\n", "memory.keys must be a whole number"),
            ("memory:\n  keys: 2.5\n", "memory.keys"),
            ("memory:\n  keys: 0\n", "keys is 0"),
            ("memory:\n  readout: guess\n", "counts, sgd"),
            ("consumer:\n  start: middle\n", "earliest, latest"),
            ("topics:\n  samples: 'a b'\n", "topics.samples"),
            ("topics:\n  samples: weir.s.dlq\n", "read its own output"),
            ("kafka:\n  group.id: x\n", "consumer.group"),
            ("errors:\n  tolerance: 2\n", "errors.tolerance is 2"),
            ("keys:\n  samples:\n", "keys.samples has no value"),
            ("kafka:\n  sasl.password: ${NOT_SET}\n", "NOT_SET"),
            ("a: [1\n", "not YAML"),
        ])
    func faults(yaml: String, says: String) {
        let error = #expect(throws: (any Error).self) { try load(yaml) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(says), "\(error.map { "\($0)" } ?? "none")")
    }

    @Test("What has no default is asked for", arguments: ["stream", "brokers", "dimension"])
    func required(name: String) {
        let lines = least.split(separator: "\n").filter { !$0.hasPrefix(name) }.joined(separator: "\n")
        let error = #expect(throws: (any Error).self) { try Configuration(yaml: lines, environment: [:]) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("\(name) is missing"))
    }

    @Test("Secrets come from the environment and are never shown")
    func secrets() throws {
        let configuration = try load(
            "kafka:\n  sasl.username: weir\n  sasl.password: p-${PW}-q\n  ssl.key.password: zzz\n",
            ["PW": "hush"])
        #expect(configuration.kafka["sasl.password"] == "p-hush-q")
        #expect(configuration.producerProperties["sasl.password"] == "p-hush-q")
        for text in [try configuration.yaml(), try configuration.json()] {
            #expect(text.contains("weir") && !text.contains("hush") && !text.contains("zzz"))
        }
    }

    @Test("Client properties go to the client they are for")
    func properties() throws {
        let configuration = try load("kafka:\n  linger.ms: 0\n  fetch.wait.max.ms: 7\n  client.id: mine\n")
        #expect(
            configuration.producerProperties["linger.ms"] == "0"
                && configuration.consumerProperties["linger.ms"] == nil)
        #expect(
            configuration.consumerProperties["fetch.wait.max.ms"] == "7"
                && configuration.producerProperties["fetch.wait.max.ms"] == nil)
        #expect(
            configuration.producerProperties["client.id"] == "mine"
                && configuration.consumerProperties["client.id"] == "mine")
    }
}
