import Foundation
import Kafka
import Messages
import Synchronization
import TestSupport
import Testing

/// The commands that go with a running stream, against a broker and a stream that are programs of their own.
@Suite(.waiting) struct ServedCommandsTests {
    /// A broker and the folder of a stream.
    private final class Served {
        let folder: String
        let brokers: String
        private let broker: Process
        private var stream: Process?

        init() throws {
            folder =
                FileManager.default.temporaryDirectory.appendingPathComponent(
                    "weir-served-\(UUID().uuidString)"
                ).path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let topics = [
                "weir.d.samples:2", "weir.d.predictions:1", "weir.d.metrics:1", "weir.d.dlq:1",
            ]
            let (folder, started) = (
                folder,
                try Program.start(
                    ["broker", "--port", "0"] + topics.flatMap { ["--topic", $0] }, folder: folder,
                    log: "broker.log")
            )
            broker = started
            func said() -> String {
                (try? String(contentsOfFile: "\(folder)/broker.log", encoding: .utf8)) ?? ""
            }
            eventually { said().contains("topic weir.d.dlq, 1 partitions\n") || !started.isRunning }
            brokers =
                said().firstMatch(of: /broker in memory on (127\.0\.0\.1:\d+)/).map { String($0.1) } ?? ""
            #expect(said().contains("topic weir.d.samples, 2 partitions\n"))
            try """
            stream: d
            brokers: \(brokers)
            dimension: 64
            memory: { codebooks: 16, keys: 64, keyDimension: 8 }
            ensemble: { features: 256 }
            keys: { samples: 100 }
            metrics: { intervalSeconds: 0.2 }
            snapshots: { folder: state }
            kafka: { fetch.wait.max.ms: 10, linger.ms: 1 }
            """.write(toFile: "\(folder)/weir.yaml", atomically: true, encoding: .utf8)
        }

        deinit {
            if let stream { Program.stop(stream) }
            Program.stop(broker)
            try? FileManager.default.removeItem(atPath: folder)
        }

        var log: String { (try? String(contentsOfFile: "\(folder)/serve.log", encoding: .utf8)) ?? "" }

        func serve() throws {
            let started = try Program.start(
                ["serve", "--config", "weir.yaml"], folder: folder, log: "serve.log")
            stream = started
            #expect(eventually { log.contains("serving stream d") || !started.isRunning }, "\(log)")
        }

        /// Gives the exit codes of stream and broker.
        func stop() -> (stream: Int32?, broker: Int32) {
            (stream.map { Program.stop($0) }, Program.stop(broker))
        }

        /// Runs a command with the stream's file to success.
        ///
        /// - Returns: the lines of its output, and what it says beside them.
        func run(_ arguments: String...) throws -> (lines: [String], errors: String) {
            let result = try Program.run(arguments, folder: folder)
            #expect(result.status == 0, "\(arguments): \(result.errors)\n\(log)")
            return (result.output.split(separator: "\n").map(String.init), result.errors)
        }

        func write(_ lines: [String], to name: String) throws {
            try lines.joined(separator: "\n").write(
                toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
    }

    private func predictions(_ lines: [String]) throws -> [Prediction] {
        try lines.map { line in
            try Array(line.utf8).withUnsafeBytes { bytes throws(Rejection) in try Prediction(json: bytes) }
        }
    }

    /// The next metrics of a stream.
    private func metrics(_ served: Served) throws -> MetricsMessage {
        let lines = try served.run(
            "tail", "metrics", "--config", "weir.yaml", "--json", "--new", "--count", "1"
        ).lines
        return try Array(try #require(lines.last).utf8).withUnsafeBytes { bytes throws(Rejection) in
            try MetricsMessage(json: bytes)
        }
    }

    @Test("produce, tail, forget, inspect and explain, from the first sample to the last snapshot")
    func whole() throws {
        let served = try Served()
        try served.serve()
        let config = ["--config", "weir.yaml"]
        let sent = try served.run("produce", "digits", config[0], config[1], "--limit", "400")
        #expect(sent.lines.isEmpty)
        #expect(sent.errors == "sent 400 samples to weir.d.samples on \(served.brokers)\n")

        // The answers, as JSON and for people.
        let json = try served.run("tail", "predictions", config[0], config[1], "--json", "--count", "400")
        let predictions = try predictions(json.lines)
        #expect(Set(predictions.map(\.sampleID)) == Set((0..<400).map { Self.digit($0) }))
        #expect(predictions.allSatisfy { $0.stream == "d" && $0.expected != nil })
        #expect(predictions.suffix(100).count { $0.label == $0.expected } > 60)
        let text = try served.run("tail", "predictions", config[0], config[1], "--count", "400")
        #expect(text.lines.count == 400 && text.lines[0].contains("nothing learned yet"))
        for (line, prediction) in zip(text.lines, predictions) {
            #expect(line.hasPrefix("\(prediction.sampleID)  "), "\(line)")
            guard let label = prediction.label, let expected = prediction.expected else { continue }
            #expect(
                line.contains(label == expected ? "  \(label)  right  [" : "  \(label)  was \(expected)  ["))
            #expect(
                line.contains(
                    "] revision \(prediction.model.revision)\(prediction.isHoldout ? ", held out" : "")"))
        }
        try doctor(served)
        try deadLetters(served)
        try forget(served, learned: predictions.filter { !$0.isHoldout })
        try inspect(served)
        try explain(served)
        #expect(served.stop() == (0, 0), "\(served.log)")
    }

    /// Beside the running stream everything is looked at, its state too, and nothing is wrong.
    private func doctor(_ served: Served) throws {
        let lines = try served.run("doctor", "--config", "weir.yaml").lines
        #expect(lines.allSatisfy { $0.hasPrefix("ok ") || $0.hasPrefix("note ") }, "\(lines)")
        for said in [
            "state folder: state, snapshot ", "topic of samples: weir.d.samples, 2 partitions, 400 records",
            "state and topic: the topic is the one that the state has read",
            "topic of predictions: weir.d.predictions, 1 partitions, can be written",
            "group: weir-d, ",
        ] {
            #expect(lines.contains { $0.hasPrefix("ok     \(said)") }, "\(said) in \(lines)")
        }
    }

    private static func digit(_ number: Int) -> String {
        let digits = String(number)
        return "digit-\(String(repeating: "0", count: 4 - digits.count))\(digits)"
    }

    /// Rows of the wrong length are sent, and come out of the dead letters.
    private func deadLetters(_ served: Served) throws {
        try served.write(["id,a,b", "wrong,1,2"], to: "wrong.csv")
        let sent = try served.run(
            "produce", "wrong.csv", "--brokers", served.brokers, "--topic", "weir.d.samples", "--format",
            "protobuf")
        #expect(sent.errors == "sent 1 samples to weir.d.samples on \(served.brokers)\n")
        let json = try served.run(
            "tail", "dead-letters", "--config", "weir.yaml", "--json", "--count", "1")
        let letter = try #require(
            try JSONSerialization.jsonObject(with: Data((json.lines.first ?? "").utf8)) as? [String: Any])
        #expect(letter["code"] as? String == "E_DIMENSION" && letter["topic"] as? String == "weir.d.samples")
        #expect(letter["stage"] as? String == "VALUE_CONVERTER", "\(json.lines)")
        let text = try served.run("tail", "dead-letters", "--config", "weir.yaml", "--count", "1")
        #expect(text.lines.first?.contains("  E_DIMENSION  ") == true, "\(text.lines)")
    }

    /// Two samples are taken back, and classes renamed, merged and deleted.
    private func forget(_ served: Served, learned: [Prediction]) throws {
        let digits = try String(
            contentsOf: Program.url.deletingLastPathComponent().appendingPathComponent(
                "weir_weir.resources/digits.csv"), encoding: .utf8
        ).split(separator: "\n").map(String.init)
        let ids = learned.suffix(2).map(\.sampleID)
        let rows = digits.filter { row in ids.contains { row.hasPrefix("\($0),") } }
        #expect(rows.count == 2)
        try served.write([digits[0]] + rows, to: "back.csv")
        let before = try metrics(served)
        for (arguments, said) in [
            (["samples", "back.csv"], "sent 2 instructions"),
            (["rename", "7", "seven"], "sent 1 instruction"),
            (["merge", "1", "2"], "sent 1 instruction"), (["class", "3"], "sent 1 instruction"),
        ] {
            let result = try Program.run(
                ["forget"] + arguments + ["--config", "weir.yaml"], folder: served.folder)
            #expect(result.status == 0 && result.output.isEmpty)
            #expect(result.errors == "\(said) to weir.d.samples on \(served.brokers)\n")
        }
        #expect(try eventually { try metrics(served).number(.instructions) == 5 })
        let after = try metrics(served)
        #expect(before.number(.instructions) == 0 && before.recordCount == 400)
        #expect(Set(after.perClass.keys) == ["0", "2", "4", "5", "6", "seven", "8", "9"])
        let text = try served.run("tail", "metrics", "--config", "weir.yaml", "--count", "1")
        #expect(text.lines.first?.hasPrefix("d, ") == true && text.lines.count > 10)
        #expect(text.lines.contains { $0.contains("weir_instructions_total") })
    }

    /// The snapshot of the end, for people and as JSON.
    private func inspect(_ served: Served) throws {
        #expect(served.stop().stream == 0, "\(served.log)")
        let text = try served.run("inspect", "state").lines
        func row(_ name: String) -> String? {
            text.first { $0.hasPrefix(name) }.map {
                $0.dropFirst(name.count).trimmingCharacters(in: .whitespaces)
            }
        }
        #expect(row("stream") == "d" && row("memory") == "16 codebooks x 64 keys x 8, counts", "\(text)")
        // The labels met so far, also those that nothing is known of any more.
        let classes = Set((row("classes (10)") ?? "").split(separator: ", ").map(String.init))
        #expect(classes == ["0", "1", "2", "3", "4", "5", "6", "seven", "8", "9"], "\(text)")
        let json = try served.run("inspect", "state", "--json").lines.joined(separator: "\n")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(report["samples"] as? Int == 400 && report["keysReady"] as? Bool == true)
        #expect((report["classes"] as? [String])?.contains("seven") == true)
        #expect(row("whole state, SHA-256") == report["stateHash"] as? String)
        let path = try #require(report["path"] as? String)
        #expect(row("file") == path && path.hasPrefix("state/snapshot-"))
    }

    /// What that snapshot answers, and why.
    private func explain(_ served: Served) throws {
        let json = try served.run("explain", "state", "digits", "--id", "digit-0000", "--json").lines
        let prediction = try #require(try predictions(json).first)
        #expect(prediction.sampleID == "digit-0000" && prediction.expected == "0")
        #expect(prediction.label == "0" && prediction.stream == "d")
        let reasons = try #require(prediction.reasons)
        #expect(reasons.prototypes.count == 5 && reasons.experts.count == 4)
        let text = try served.run("explain", "state", "digits", "--row", "1", "--count", "3").lines
        #expect(text.first?.hasPrefix("digit-0000, labelled 0: 0, confidence ") == true, "\(text)")
        for header in ["because it is like", "expert", "codebook"] {
            #expect(text.contains { $0.hasPrefix(header) }, "\(header)")
        }
        let nearest = try #require(reasons.prototypes.first)
        #expect(text.contains { $0.hasPrefix(nearest.sampleID) && $0.contains(nearest.label) })
    }

    @Test("tail shows a withheld answer as unknown, with what it would have been and how far off it is")
    func tailOfUnknown() throws {
        let served = try Served()
        let failed = Mutex<KafkaError?>(nil)
        let producer = try Producer(properties: ["bootstrap.servers": served.brokers]) { report in
            if let error = report.error { failed.withLock { $0 = error } }
        }
        func send(_ id: String, candidate: String?, distance: Float?, asProtobuf: Bool = false) throws {
            let prediction = Prediction(
                id: id, sampleID: id, stream: "d", label: nil, confidence: 0, isCalibrated: true,
                topK: candidate.map { [LabelScore(label: $0, confidence: 0.41)] } ?? [],
                expected: candidate == nil ? nil : "3",
                model: ModelReference(id: "d", revision: 12, tracesLearned: 10, hash: "sha256:0"),
                source: RecordSource(topic: "weir.d.samples", partition: 0, offset: 0),
                durationMicroseconds: 1, timestampMilliseconds: 0, candidate: candidate, distance: distance)
            var json: [UInt8] = []
            prediction.encodeJSON(into: &json)
            try producer.send(
                topic: "weir.d.predictions", key: nil,
                value: asProtobuf ? try prediction.encodeProtobuf() : json,
                headers: [
                    Header(name: "content-type", text: "application/\(asProtobuf ? "x-protobuf" : "json")")
                ])
        }
        try send("far", candidate: "7", distance: 4.5)
        try send("far-too", candidate: "8", distance: nil, asProtobuf: true)
        try send("first", candidate: nil, distance: nil)
        try producer.flush(timeoutMilliseconds: 30_000)
        producer.close()
        #expect(failed.withLock { $0 } == nil)
        let shown = try served.run("tail", "predictions", "--config", "weir.yaml", "--count", "3").lines
        #expect(
            shown == [
                "far  unknown (would be 7, distance 4.50)  was 3  [7 0.41] revision 12",
                "far-too  unknown (would be 8)  was 3  [8 0.41] revision 12",
                "first  nothing learned yet    [] revision 12",
            ])
        #expect(served.stop() == (nil, 0))
    }

    @Test("Frames are cut from rows, and sent")
    func frames() throws {
        let served = try Served()
        let sent = try served.run(
            "produce", "digits", "--frames", "8", "--end", "--limit", "5", "--order", "shuffled", "--brokers",
            served.brokers, "--topic", "rows")
        #expect(sent.errors == "sent 40 frames to rows on \(served.brokers)\n")
        #expect(served.stop() == (nil, 0))
    }
}
