import Foundation
import Glibc
import Streaming
import TestSupport
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
            ("memory:\n  keys: 0\n", "line 5, column 9: memory.keys: keys must lie in 1...65536"),
            ("predictions:\n  top: 0\n", "line 5, column 8: predictions.top"),
            ("memory:\n  readout: guess\n", "counts, sgd"),
            ("consumer:\n  start: middle\n", "earliest, latest"),
            ("topics:\n  samples: 'a b'\n", "topics.samples"),
            ("topics:\n  samples: weir.s.dlq\n", "read its own output"),
            ("kafka:\n  group.id: x\n", "consumer.group"),
            ("errors:\n  tolerance: 2\n", "line 5, column 14: errors.tolerance must lie in"),
            ("keys:\n  samples:\n", "keys.samples has no value"),
            ("kafka:\n  sasl.password: ${NOT_SET}\n", "NOT_SET"),
            ("a: [1\n", "cannot be read as YAML"),
            ("kafka:\n  metadata.broker.list: x\n", "use brokers instead"),
            ("kafka:\n  client.rack: \"a\\0b\"\n", "takes no NUL"),
            ("kafka: hunter2\n", "kafka"), ("kafka: [a]\n", "kafka"),
            ("kafka:\n  sasl.password: '********'\n", "line 5, column 18: kafka: these asterisks"),
            ("kafka:\n  sasl: { password: x }\n", "stand librdkafka's properties"),
            ("kafka:\n  sasl.password: ${DIM:-64}\n", "in capital letters"),
            (
                "kafka:\n  sasl.pasword: x\n",
                "line 5, column 3: kafka has no such property; did you mean sasl.password?"
            ),
            ("kafka:\n  acks: many\n", "line 5, column 9: kafka: the property acks does not take this value"),
            (
                "kafka:\n  security.protocol: none\n",
                "line 5, column 22: kafka: the property security.protocol"
            ),
            (
                "metrics:\n  intervalSeconds: .inf\n",
                "line 5, column 20: metrics.intervalSeconds must be a number"
            ),
            ("keys:\n  samples: 010\n", "line 5, column 12: keys.samples must be a whole number"),
            ("keys:\n  samples: 2024-01-01\n", "line 5, column 12: keys.samples must be a whole number"),
            ("stream: t\n", "line 4"),
            ("log:\n  level: loud\n", "debug, info, warning, error"),
        ])
    func faults(yaml: String, says: String) {
        let error = #expect(throws: (any Error).self) { try load(yaml) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(says), "\(error.map { "\($0)" } ?? "none")")
    }

    @Test(
        "The stream's name is one that a topic and a folder can have",
        arguments: [
            "..", ".", "''", "a/b", "../b", "a b", "'a\u{202e}b'", #""a\eb""#, #""a\0b""#, "é",
            String(repeating: "a", count: 101),
        ])
    func streamNames(name: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration(
                yaml: "stream: \(name)\nbrokers: localhost:9092\ndimension: 4\n", environment: [:])
        }
        #expect(
            error?.message
                == "line 1, column 9: stream must be 1 to 100 of the characters a-z A-Z 0-9 . _ -, and neither . nor ..: topics and a folder are named after it"
        )
    }

    @Test("The longest name of a stream, and names with points, are fine")
    func longStreamNames() throws {
        for name in [String(repeating: "a", count: 100), "a..b", "..."] {
            let configuration = try Configuration(
                yaml: "stream: \(name)\nbrokers: localhost:9092\ndimension: 4\n", environment: [:])
            #expect(configuration.topics.predictions == "weir.\(name).predictions")
        }
    }

    @Test(
        "Names of topics are what Kafka takes",
        arguments: ["..", ".", "a/b", "a b", "'a\u{200b}'", #""a\e""#, String(repeating: "a", count: 250)])
    func topicNames(name: String) throws {
        for setting in ["samples", "frames", "predictions", "metrics", "deadLetters"] {
            let error = #expect(throws: ConfigurationError.self) {
                try load("topics:\n  \(setting): \(name)\n")
            }
            #expect(
                error?.message.contains(
                    "line 5, column \(setting.utf8.count + 5): topics.\(setting) must be 1 to 249 of the characters a-z A-Z 0-9 . _ -, and neither . nor .., as Kafka wants it"
                ) == true, "\(error?.message ?? "")")
        }
        #expect(throws: Never.self) {
            try load("topics: { samples: \(String(repeating: "a", count: 249)), metrics: a..b }\n")
        }
    }

    @Test(
        "Texts that would be cut, or forge something, are refused",
        arguments: [
            ("consumer:\n  group: \"a\\0b\"\n", "line 5, column 10: consumer.group has a control character"),
            ("consumer:\n  group: \"a\\nb\"\n", "line 5, column 10: consumer.group has a control character"),
            ("keys:\n  file: \"a\\0b\"\n", "line 5, column 9: keys.file has a NUL character"),
            ("frames:\n  weights: \"a\\0b\"\n", "line 5, column 12: frames.weights has a NUL character"),
            ("snapshots:\n  folder: \"a\\0b\"\n", "line 5, column 11: snapshots.folder has a NUL character"),
        ])
    func cutTexts(yaml: String, says: String) {
        let error = #expect(throws: ConfigurationError.self) { try load(yaml) }
        #expect(error?.message.hasPrefix(says) == true, "\(error?.message ?? "")")
        let brokers = #expect(throws: ConfigurationError.self) {
            try Configuration(yaml: "stream: s\nbrokers: \"a\\0b\"\ndimension: 4\n", environment: [:])
        }
        #expect(brokers?.message.contains("brokers has a control character") == true)
    }

    @Test("What is no file of settings is named, and not read or waited for")
    func noFiles() throws {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        let folder = temporary.path
        func fault(_ path: String) -> String {
            let error = #expect(throws: ConfigurationError.self) {
                try Configuration(file: path, environment: [:])
            }
            return error?.message ?? ""
        }
        #expect(fault(folder) == "\(folder) is a folder; name a file")
        #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
        #expect(fault("\(folder)/pipe") == "\(folder)/pipe is a named pipe; name a file")
        #expect(fault("/dev/zero") == "/dev/zero is a device; name a file")
        _ = FileManager.default.createFile(atPath: "\(folder)/large", contents: nil)
        #expect(truncate("\(folder)/large", 2 << 30) == 0)
        #expect(
            fault("\(folder)/large")
                == "\(folder)/large has 2147483648 bytes; at most 1048576 are read")
        #expect(fault("\(folder)/none") == "\(folder)/none cannot be read: there is no such file")
    }

    @Test("The setting decides what a value is")
    func types() throws {
        let configuration = try Configuration(
            yaml: """
                stream: 0123
                brokers: no
                dimension: 1e2
                kafka:
                  sasl.password: 0123
                  sasl.username: no
                  client.id: 1e5
                  client.rack: 2024-01-01
                  ssl.key.password: .inf
                  ssl.ca.location: off
                frames:
                predictions:
                  codes: yes
                  reasons: Off
                metrics: { intervalSeconds: 0x10 }
                memory: { smoothing: 1 }
                """, environment: [:])
        #expect(
            configuration.stream == "0123" && configuration.brokers == "no" && configuration.dimension == 100)
        #expect(configuration.predictions.codes && !configuration.predictions.reasons)
        #expect(configuration.metrics.intervalSeconds == 16 && configuration.memory.smoothing == 1)
        #expect(
            configuration.kafka == [
                "sasl.password": "0123", "sasl.username": "no", "client.id": "1e5",
                "client.rack": "2024-01-01",
                "ssl.key.password": ".inf", "ssl.ca.location": "off",
            ])
        #expect(
            try load("ensemble: { experts: ['${E}', ridge] }\n", ["E": "means"]).ensemble.experts == [
                .means, .ridge,
            ])
        #expect(throws: (any Error).self, "no network, and no dimension") {
            try Configuration(yaml: "stream: s\nbrokers: b\nframes: { weights: '' }\n", environment: [:])
        }
        let known = try load(
            "keys:\n  samples: ${N}\nkafka:\n  client.rack: ${EMPTY}\n", ["N": "77", "EMPTY": ""])
        #expect(known.keys.samples == 77 && known.kafka == ["client.rack": ""])
    }

    /// Wherever a password stands by mistake: as a value, a name, in what is no YAML at all.
    @Test(
        "No message shows what stands in the file",
        arguments: [
            "kafka:\n  sasl.password: \"MARKER\n", "kafka:\n  sasl.password: 'MARKER\nx: 1\n", "MARKER\n",
            "kafka: MARKER\n", "kafka:\n- MARKER\n", "kafka:\n  sasl.password:\n    MARKER: x\n",
            "MARKER: x\n",
            "kafka:\n  sasl.password: [MARKER]\n", "kafka:\n  sasl.password: {MARKER: MARKER}\n",
            "keys: {MARKER: 1}\n",
            "kafka:\n  sasl.password: MARKER\n  sasl.password: MARKER\n",
            "kafka:\n  MARKER: x\n  MARKER: y\n",
            "kafka:\n\tsasl.password: MARKER\n", "kafka:\n  sasl.password: @MARKER\n",
            "kafka:\n  a: %MARKER\n",
            "kafka:\n  sasl.password: *MARKER\n", "kafka:\n  sasl.password: &MARKER x\n",
            "kafka:\n  sasl.password: !MARKER x\n", "%MARKER\n---\n", "kafka:\n  sasl.password: `MARKER`\n",
            "kafka:\n  sasl.password: MARKER: MARKER\n", "kafka:\n  sasl.passwordMARKER: x\n",
            "kafka: {a: MARKER\n",
            "kafka:\n  fetch.wait.max.ms: -7\n  client.rack: MARKER\n", "kafka:\n  acks: MARKER\n",
            "kafka:\n  group.id: MARKER\n",
            "kafka:\n  sasl.password: ${MARKERx}\n", "kafka:\n  sasl.password: MARKER${x\n",
            "keys:\n  samples: MARKER\n", "memory:\n  readout: MARKER\n", "memory:\n  smoothing: MARKER\n",
            "predictions:\n  codes: MARKER\n", "ensemble:\n  experts: [MARKER]\n",
            "ensemble:\n  experts: MARKER\n",
            "topics:\n  samples: MARKER !\n", "topics:\n  samples: MARKER\n  metrics: MARKER\n",
            "--- MARKER\n", "...\n---\nMARKER\n", "kafka: |\n  MARKER\n", "? MARKER\n: x\n", "<<: MARKER\n",
            "kafka:\n  sasl.password: \"\\q MARKER\"\n", "kafka:\n  a: MARKER\u{7}\n",
            "log: {level: MARKER}\n",
        ])
    func leaks(yaml: String) {
        for text in [yaml, least + yaml, yaml + least] {
            let error = #expect(throws: (any Error).self) { try Configuration(yaml: text, environment: [:]) }
            let message = error.map { "\($0)" } ?? ""
            #expect(!message.contains("MARKER"), "\(message)")
        }
    }

    @Test("A bomb of aliases ends at its first anchor")
    func bomb() {
        let lines = (0..<9).map {
            "a\($0): &a\($0) [\(Array(repeating: "*a\(max($0 - 1, 0))", count: 9).joined(separator: ","))]"
        }
        let error = #expect(throws: (any Error).self) { try load(lines.joined(separator: "\n")) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("line 4, column 5"))
    }

    @Test("What is printed is read back to the same settings", arguments: UInt64(1)...200)
    func printedAndRead(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let hard = [
            "no", "0123", "1e5", ".inf", "~", "null", "", " ", "a: b", "# x", "- x", "'", "\"", "\\", "\n",
            "\t", "é😀",
            "\u{85}\u{2028}", "%x", "@x", "`x`", "*x", "&x", "!x", "2024-01-01", "{a}", "[a]", "a,b", "x:",
            "?x", "|", ">",
            "trailing ", " leading", "\u{feff}", "\u{1b}[0m", String(repeating: "long ", count: 60),
        ]
        func text() -> String { hard[random.next(below: hard.count)] }
        var configuration = Configuration()
        configuration.stream =
            ["s", "0123", "no", "1e5", "2024-01-01", "-", "null", "..."][random.next(below: 8)]
        configuration.brokers = text().filter { !$0.isNewline && $0 >= " " } + ":9092"
        configuration.dimension = 1 + random.next(below: 900)
        for name in ["sasl.username", "client.id", "client.rack", "ssl.ca.location"]
        where random.next(below: 2) == 0 {
            configuration.kafka[name] = text() + (name == "client.id" ? "x" : "")
        }
        configuration.keys.file = text()
        configuration.keys.tensor = text()
        configuration.snapshots.folder = text() + "/x"
        configuration.metrics.intervalSeconds = 0.1 + Double(random.next(below: 600_000)) / 7
        configuration.errors.tolerance = Double(random.next(below: 1 << 30)) / Double(1 << 30)
        configuration.memory.seed = random.next()
        configuration.predictions.codes = random.next(below: 2) == 0
        configuration.log.format = random.next(below: 2) == 0 ? .json : .text
        configuration.ensemble.experts = random.next(below: 2) == 0 ? [.means] : [.ridge, .counts]
        configuration = try configuration.completed()
        let yaml = try configuration.yaml()
        #expect(try Configuration(yaml: yaml, environment: [:]) == configuration, "seed \(seed)\n\(yaml)")
    }

    @Test("What has no default is asked for", arguments: ["stream", "brokers", "dimension"])
    func required(name: String) {
        let lines = least.split(separator: "\n").filter { !$0.hasPrefix(name) }.joined(separator: "\n")
        let error = #expect(throws: (any Error).self) { try Configuration(yaml: lines, environment: [:]) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("\(name) is missing"))
        let misspelt = #expect(throws: (any Error).self) {
            try Configuration(
                yaml: least.replacing(name, with: name.dropLast() + "x"), environment: [:])
        }
        #expect("\(misspelt.map { "\($0)" } ?? "")".contains("did you mean \(name)?"))
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

extension SplitMix64 {
    fileprivate mutating func next(below limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
