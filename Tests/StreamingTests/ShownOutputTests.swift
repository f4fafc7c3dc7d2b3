import Foundation
import Kafka
import Learning
import Messages
import Streaming
import Tensors
import TestSupport
import Testing
import Text

/// Text from outside, in messages, files and settings, as commands print it.
@Suite(.waiting) struct ShownOutputTests {
    /// What a terminal obeys, what turns the writing around, what nobody sees, and what looks like a line of its own.
    private static let hostile =
        "a\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}2J\u{7f}\u{202e}\u{2066}\u{61c}\u{200b}\u{200d}\u{feff}\n\tb"
    private static let escaped =
        #"a\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}2J\u{7f}\u{202e}\u{2066}\u{61c}\u{200b}\u{200d}\u{feff}\n\tb"#

    /// Runs a command to success.
    private func run(_ words: [String], folder: String? = nil) throws -> [String] {
        let result = try Program.run(words, folder: folder)
        #expect(result.status == 0, "\(words): \(result.errors)")
        expectHarmless(result.output + result.errors)
        return result.output.split(separator: "\n").map(String.init)
    }

    private func expectHarmless(_ text: String) {
        let harmful = text.unicodeScalars.filter { !$0.isVisible && $0 != "\n" }
        #expect(harmful.isEmpty, "\(harmful.map { String($0.value, radix: 16) }) in \(text.shown())")
    }

    private func object(_ line: String?) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data((line ?? "").utf8)) as? [String: Any], "\(line ?? "")"
        )
    }

    private func temporaryFolder() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "weir-shown-\(UUID().uuidString)"
        ).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    // MARK: Messages

    /// Sends records to a topic of a broker, and gives what `weir tail` prints of them.
    private func tail(
        _ kind: String, _ records: [(value: [UInt8], headers: [Header])], _ options: String...
    ) throws -> (lines: [String], errors: String) {
        let broker = try EmbeddedBroker(topics: [(name: "t", partitions: 1)])
        let producer = try Producer(
            properties: EmbeddedBroker.clientProperties.merging([
                "bootstrap.servers": broker.bootstrapServers
            ]) { $1 }
        ) { _ in }
        for record in records {
            try producer.send(topic: "t", key: nil, value: record.value, headers: record.headers)
        }
        try producer.flush(timeoutMilliseconds: 30_000)
        producer.close()
        let result = try Program.run(
            [
                "tail", kind, "--brokers", broker.bootstrapServers, "--topic", "t", "--count",
                "\(records.count)",
            ]
                + options)
        #expect(result.status == 0, "\(result.errors)")
        expectHarmless(result.output + result.errors)
        return (result.output.split(separator: "\n").map(String.init), result.errors)
    }

    private static let prediction = Prediction(
        id: "p", sampleID: hostile, stream: hostile, label: hostile, confidence: 0.5, isCalibrated: false,
        topK: [LabelScore(label: hostile, confidence: 0.5)], expected: "other",
        model: ModelReference(id: hostile, revision: 1, tracesLearned: 1, hash: hostile),
        source: RecordSource(topic: "t", partition: 0, offset: 0), durationMicroseconds: 1,
        timestampMilliseconds: 1)

    @Test("tail predictions, in both formats, and what is no prediction")
    func predictions() throws {
        var json: [UInt8] = []
        Self.prediction.encodeJSON(into: &json)
        let records: [(value: [UInt8], headers: [Header])] = [
            (json, []),
            (
                try Self.prediction.encodeProtobuf(),
                [Header(name: "content-type", text: "application/x-protobuf")]
            ), (Array(Self.hostile.utf8), []),
        ]
        let text = try tail("predictions", records).lines
        #expect(
            text.count == 3 && text[0].hasPrefix("\(Self.escaped)  \(Self.escaped)  was other"), "\(text)")
        #expect(text[1] == text[0] && text[2].hasPrefix(#"0@2  a\u{1b}[31m"#), "\(text)")

        let printed = try tail("predictions", records, "--json")
        #expect(printed.lines.count == 2 && printed.errors.hasPrefix("0@2 is not of predictions: a"))
        for line in printed.lines {
            #expect(
                try Array(line.utf8).withUnsafeBytes { bytes throws(Rejection) in try Prediction(json: bytes)
                }
                    == Self.prediction)
        }
    }

    @Test("tail metrics, as they came on one line, and what are none")
    func metrics() throws {
        let message = MetricsMessage(
            stream: Self.hostile, model: ModelReference(id: "m", revision: 1, tracesLearned: 1, hash: "h"),
            window: MetricsWindow(kind: .last, n: 1), recordCount: 1, labelledCount: 1,
            metrics: [Metric(.inputLag, Self.hostile, "0", value: .number(3))], perClass: [:],
            timestampMilliseconds: 1)
        var json: [UInt8] = []
        message.encodeJSON(into: &json)
        // Whoever writes for people breaks lines between values.
        let pretty = String(decoding: json, as: UTF8.self).replacing(",\"model\"", with: ",\r\n\t\"model\"")
        let records: [(value: [UInt8], headers: [Header])] = [
            (Array(pretty.utf8), []), (Array("{\"a\": \"\u{1b}\"}".utf8), []),
        ]
        let text = try tail("metrics", records).lines
        #expect(text.first?.hasPrefix("\(Self.escaped), 1 records") == true, "\(text)")
        #expect(
            text.contains { $0.contains(Self.escaped) && $0.contains("weir_input_lag_records") }, "\(text)")

        let printed = try tail("metrics", records, "--json")
        #expect(printed.lines.count == 1 && printed.errors.hasPrefix("0@1 is not of metrics: "))
        #expect(try object(printed.lines.first)["stream"] as? String == Self.hostile)
    }

    @Test("tail dead-letters")
    func deadLetters() throws {
        let letter = DeadLetter(
            Rejection(.json, Self.hostile),
            source: RecordSource(topic: Self.hostile, partition: 0, offset: 7),
            id: "i", connectorName: "c")
        let headers = letter.headers(keeping: []).map { Header(name: $0.name, value: $0.value) }
        let records = [(value: Array(Self.hostile.utf8), headers: headers)]
        let text = try tail("dead-letters", records).lines
        #expect(
            text.count == 1 && text[0].hasPrefix("\(Self.escaped) 0@7  E_JSON  \(Self.escaped)  a"), "\(text)"
        )
        let printed = try object(try tail("dead-letters", records, "--json").lines.first)
        #expect(printed["message"] as? String == Self.hostile && printed["topic"] as? String == Self.hostile)
    }

    // MARK: State and files

    @Test("explain and inspect: labels, ids and topics of a state, and of the file that is asked about")
    func state() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var configuration = LearnerConfiguration(dimension: 2)
        configuration.memory.codebooks = 2
        configuration.memory.keys = 2
        configuration.memory.keyDimension = 2
        configuration.ensemble.features = 16
        var learner = try Learner(configuration: configuration)
        let vectors: [Float] = [0, 1, 1, 0, 3, 1, 1, 4, 5, 2, 2, 6]
        try learner.initialiseKeys(from: vectors)
        let encoded = try learner.encoder.encode(vectors)
        for row in 0..<6 {
            _ = try encoded.withSample(row) {
                try learner.process(
                    LearnerSample(id: "\(Self.hostile)\(row)", label: row % 2 == 0 ? Self.hostile : "plain"),
                    $0)
            }
        }
        let manifest = Snapshot.Manifest(
            number: 1, createdMilliseconds: 1, stream: Self.hostile,
            offsets: [TopicPartition(topic: Self.hostile, partition: 0): 6], learner: configuration,
            keys: Self.hostile)
        try Snapshot(manifest: manifest, learner: learner).encoded().write(
            to: URL(fileURLWithPath: "\(folder)/s.safetensors"))
        let row = try JSONSerialization.data(withJSONObject: [
            "id": Self.hostile, "label": Self.hostile, "x": [0, 1],
        ])
        try row.write(to: URL(fileURLWithPath: "\(folder)/rows.jsonl"))

        let inspected = try run(["inspect", "s.safetensors"], folder: folder)
        for name in ["stream", "keys ", "classes (2)", "next offsets of \(Self.escaped)"] {
            #expect(
                inspected.contains {
                    $0.hasPrefix(name) && $0.contains(name.hasPrefix("next") ? "0@6" : Self.escaped)
                },
                "\(name) in \(inspected)")
        }
        let report = try object(try run(["inspect", "s.safetensors", "--json"], folder: folder).first)
        #expect(report["classes"] as? [String] == [Self.hostile, "plain"])

        let explained = try run(["explain", "s.safetensors", "rows.jsonl"], folder: folder)
        #expect(
            explained.first?.hasPrefix("\(Self.escaped), labelled \(Self.escaped): ") == true, "\(explained)")
        let prediction = try object(
            try run(["explain", "s.safetensors", "rows.jsonl", "--json"], folder: folder).first)
        #expect(prediction["expected"] as? String == Self.hostile)
    }

    @Test("Errors: text of a file forges no line, whichever way it got into the message")
    func errors() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let row = try JSONSerialization.data(withJSONObject: ["id": Self.hostile, "x": [0, 1]])
        try row.write(to: URL(fileURLWithPath: "\(folder)/rows.jsonl"))
        try "\u{1b}[31m,b\n1,\u{202e}\n".write(toFile: "\(folder)/x.csv", atomically: true, encoding: .utf8)
        try Safetensors(metadata: ["weir.model": Self.hostile]).encoded().write(
            to: URL(fileURLWithPath: "\(folder)/model.safetensors"))
        try Safetensors(
            tensors: [:], metadata: ["weir.model": "SensorNet", "weir.labels": "[\(Self.hostile)"]
        ).encoded().write(to: URL(fileURLWithPath: "\(folder)/labels.safetensors"))
        let nowhere = ["--brokers", "127.0.0.1:1", "--topic", "t"]
        for words in [
            ["forget", "samples", "rows.jsonl"] + nowhere, ["produce", "x.csv"] + nowhere,
            ["produce", "\(Self.hostile).csv"] + nowhere,
            ["model", "describe", "--weights", "model.safetensors"],
            ["model", "describe", "--weights", "labels.safetensors"], ["model", "describe", Self.hostile],
            ["inspect", Self.hostile], ["config", "--config", Self.hostile],
        ] {
            let result = try Program.run(words, folder: folder)
            #expect(result.status == 1 && result.output.isEmpty, "\(words)")
            expectHarmless(result.errors)
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            #expect(result.errors.contains(#"\u{1b}"#) || words[1] == "x.csv", "\(result.errors)")
        }
    }

    // MARK: Settings

    @Test("config: settings come back the same from what is printed, which shows what they hold")
    func settings() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let value = #""a\e[31m\x9b\x7f\u202e\u2066\u200b\uFEFF\U000E0001é""#
        try "stream: s\nbrokers: b:1\ndimension: 2\nkafka: { client.rack: \(value) }\n".write(
            toFile: "\(folder)/weir.yaml", atomically: true, encoding: .utf8)
        let configuration = try Configuration(file: "\(folder)/weir.yaml", environment: [:])
        let rack = "a\u{1b}[31m\u{9b}\u{7f}\u{202e}\u{2066}\u{200b}\u{feff}\u{e0001}é"
        #expect(configuration.kafka["client.rack"] == rack)
        let yaml = try run(["config", "--config", "weir.yaml"], folder: folder).joined(separator: "\n")
        #expect(try Configuration(yaml: yaml, environment: [:]) == configuration, "\(yaml)")
        let json = try run(["config", "--config", "weir.yaml", "--json"], folder: folder).joined(
            separator: "\n")
        #expect(try JSONDecoder().decode(Configuration.self, from: Data(json.utf8)) == configuration)
    }
}
