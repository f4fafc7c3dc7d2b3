import Foundation
import Kafka
import Learning
import Messages
import Streaming
import TestSupport
import Testing

/// Streams of frames over a real broker protocol, in this process.
@Suite(.waiting) struct FrameStreamTests {
    /// What a prediction says apart from the time it took and its id, which is another in every state.
    private func content(_ prediction: Prediction) -> Prediction {
        var result = prediction
        result.durationMicroseconds = 0
        result.id = ""
        return result
    }

    /// Runs a stream to its end: until no more comes.
    private func run(
        _ stream: TestStream, _ configuration: Configuration, count: Int
    ) throws -> (predictions: [Prediction], report: MetricsMessage) {
        let service = RunningService(configuration)
        let predictions = try stream.predictions(count, topic: configuration.topics.predictions)
        #expect(service.stop() == nil)
        return (predictions, try #require(service.reports.last))
    }

    /// A network that looks at four frames as a whole, and gives nothing before it has them.
    private static let attention = [
        "features": TestStream.frameWidth, "width": 8, "heads": 2, "hidden": 8, "tokens": 4, "entries": 7,
    ]

    @Test(
        "Many interleaved sessions are answered as each alone would be, in the order of the records",
        arguments: [false, true])
    func endToEnd(waitsForFrames: Bool) throws {
        let stream = try TestStream()
        let weights =
            try waitsForFrames ? stream.model("CoOadTR-b1", options: Self.attention) : stream.model()
        let frames = TestStream.frames(records: 600, sessions: 40, isOrderly: true)
        try stream.sendFrames(
            try frames.enumerated().map {
                $0.offset.isMultiple(of: 2)
                    ? TestStream.json($0.element) : try TestStream.protobuf($0.element)
            })
        let expected = try TestStream.expected(frames, weights: weights)
        let (predictions, report) = try run(
            stream, try stream.frameConfiguration { $0.frames.weights = weights }, count: expected.count)
        #expect(predictions.map(\.sampleID) == expected.map(\.id))
        #expect(Set(predictions.map(\.id)).count == expected.count)
        for (prediction, (id, scores, frame)) in zip(predictions, expected) {
            let probabilities = TestStream.softmax(scores)
            let best = try #require(probabilities.max())
            #expect(prediction.confidence == best, "\(id)")
            #expect(
                prediction.label == TestStream.frameClasses[try #require(probabilities.firstIndex(of: best))])
            #expect(prediction.topK.count == 3 && prediction.expected == frame.label)
            let place = try #require(prediction.frame)
            #expect("\(place.session)/\(place.sequence)" == id)
            // Every session begins at 0, and an output depends on four frames.
            #expect(place.isWarming == (place.sequence < 3), "\(id)")
            #expect(place.sequence >= 3 || !waitsForFrames)
        }
        #expect(report.number(.sessions) == 40 && report.number(.sessionsBegun) == 40)
        #expect(
            report.number(.frames, "stepped") == Double(frames.reduce(0) { $0 + $1.count }))
        #expect(report.recordCount == expected.count && report.sum(.deadLetters) == 0)
        // Records are counted once, however many of their frames are answered.
        #expect(report.number(.inputRecords, "weir.s.frames", "answered") == Double(frames.count))
        #expect(report.number(.predictions, "answered") == Double(expected.count))
        let labelled = zip(predictions, expected).filter { $0.0.expected != nil }
        let right = labelled.count { $0.0.expected == $0.0.label }
        #expect(report.number(.accuracy, "cumulative") == Double(right) / Double(labelled.count))
    }

    @Test(
        "Records one by one or hundreds at once, one worker or two: the same answers",
        arguments: [Configuration.Gaps.zeros, .repeat, .reset])
    func batches(gaps: Configuration.Gaps) throws {
        let stream = try TestStream()
        let frames = TestStream.frames(records: 1_200, sessions: 25, seed: 7)
        let end = Frame(session: "last", sequence: 0, values: [0, 0, 0])
        var messages = (frames + [end]).map(TestStream.json)
        // Times that run on, so that some sessions are idle and some are not.
        for index in messages.indices { messages[index].timestamp = 1_700_000_000_000 + Int64(index) * 20 }
        try stream.sendFrames(messages)
        var runs: [[Prediction]] = []
        for (name, batch, workers) in [("one", 1, 1), ("many", 500, 2), ("all", 5_000, 1)] {
            try stream.broker.createTopic("weir.s.\(name)", partitions: 1)
            let configuration = try stream.frameConfiguration {
                $0.consumer.group = name
                $0.consumer.batchRecords = batch
                $0.consumer.workers = workers
                $0.topics.predictions = "weir.s.\(name)"
                $0.snapshots.folder += name
                $0.frames.gaps = gaps
                $0.frames.gapFrames = 3
                $0.frames.idleSeconds = 1
                $0.frames.sessions = 22
            }
            let service = RunningService(configuration)
            let outputs = try stream.read(configuration.topics.predictions) {
                $0.last?.key == Array("last".utf8)
            }
            #expect(service.stop() == nil)
            let report = try #require(service.reports.last)
            for reason in ["end", "idle", "evicted"] {
                #expect(report.number(.sessionsEnded, reason) ?? 0 > 0, "\(reason)")
            }
            #expect(report.number(.sessionsReset) ?? 0 > 0)
            for result in ["duplicate", "late"] {
                #expect(report.number(.frames, result) ?? 0 > 0, "\(result)")
            }
            #expect((report.number(.frames, "filled") ?? 0 > 0) == (gaps != .reset))
            runs.append(
                try outputs.map { output in
                    try content((output.value ?? []).withUnsafeBytes { try Prediction(json: $0) })
                })
        }
        #expect(runs[0].count > 1_000 && runs[0] == runs[1] && runs[1] == runs[2])
    }

    @Test(
        "Stopped and started again and again: the same answers as in one run",
        arguments: [Configuration.Gaps.zeros, .repeat], [Configuration.Answers.network, .memory])
    func restarts(gaps: Configuration.Gaps, answers: Configuration.Answers) throws {
        let stream = try TestStream()
        let frames = TestStream.frames(records: 600, sessions: 15, seed: 3)
        func configuration(_ name: String) throws -> Configuration {
            try stream.frameConfiguration {
                $0.consumer.group = name
                $0.topics.predictions = "weir.s.\(name)"
                $0.snapshots.folder += name
                $0.frames.gaps = gaps
                $0.frames.gapFrames = 3
                $0.frames.sessions = 12
                $0.frames.answers = answers
                $0.memory.keyDimension = 4
            }
        }
        func lastOf(_ part: Int) -> [UInt8] { Array("end \(part)".utf8) }
        let pieces = try configuration("pieces")
        let whole = try configuration("whole")
        for name in ["pieces", "whole"] { try stream.broker.createTopic("weir.s.\(name)", partitions: 1) }
        for part in 0..<4 {
            let end = Frame(session: "end \(part)", sequence: 0, values: [0, 0, 0], isEnd: true)
            try stream.sendFrames((frames[(part * 150)..<((part + 1) * 150)] + [end]).map(TestStream.json))
            let service = RunningService(pieces)
            let outputs = try stream.read(pieces.topics.predictions) { $0.last?.key == lastOf(part) }
            #expect(outputs.last?.key == lastOf(part), "\(service.stop().map { "\($0)" } ?? "")")
            #expect(service.stop() == nil)
        }
        let service = RunningService(whole)
        let expected = try stream.read(whole.topics.predictions) { $0.last?.key == lastOf(3) }
        #expect(service.stop() == nil)
        let found = try stream.read(pieces.topics.predictions) { $0.last?.key == lastOf(3) }
        func read(_ outputs: [Output]) throws -> [Prediction] {
            try outputs.map { output in
                try content((output.value ?? []).withUnsafeBytes { try Prediction(json: $0) })
            }
        }
        #expect(try read(found) == read(expected) && found.count > 600)
        let one = try #require(try newestSnapshot(pieces))
        let other = try #require(try newestSnapshot(whole))
        #expect(one.sessions == other.sessions && one.sessions ?? 0 > 5)
        for name in one.content.tensors.keys.sorted() {
            #expect(one.content.tensors[name] == other.content.tensors[name], "\(name)")
        }
        for name in ["sessions", "network", "learner"] {
            #expect(one.content.metadata[name] == other.content.metadata[name], "\(name)")
        }
    }

    @Test("The network as a frozen encoder: labels on frames teach the memory at once")
    func memory() throws {
        let stream = try TestStream()
        var frames = TestStream.frames(records: 900, sessions: 24, isOrderly: true)
        for index in frames.indices { frames[index].answersLastOnly = false }
        try stream.sendFrames(try frames.map { try TestStream.protobuf($0) })
        let count = frames.reduce(0) { $0 + $1.count }
        let configuration = try stream.frameConfiguration { $0.frames.answers = .memory }
        let (predictions, report) = try run(stream, configuration, count: count)
        #expect(predictions.count == count && Set(predictions.map(\.id)).count == count)
        #expect(predictions[0].outcome == .nothingLearned)
        let late = predictions.suffix(count / 2).filter { $0.expected != nil }
        let right = late.count { $0.expected == $0.label }
        #expect(right > late.count / 2, "\(right) of \(late.count)")
        #expect(report.number(.classes) == 4 && report.number(.holdOutItems) ?? 0 > 0)
        let snapshot = try #require(try newestSnapshot(configuration))
        #expect(try snapshot.learner().samples == count && snapshot.sessions == 24)
        #expect(snapshot.manifest.learner.dimension == 8)
    }

    @Test("Values that are not finite are refused, and the frame's place is filled")
    func deadLetters() throws {
        let stream = try TestStream()
        let bad = Array(#"{"session":"a","seq":1,"x":[1,1e39,0]}"#.utf8)
        let good = [0, 2].map { number in
            TestStream.json(
                Frame(session: "a", sequence: number, values: TestStream.values(0, number)))
        }
        try stream.sendFrames([good[0], .init(value: bad, key: Array("a".utf8)), good[1]])
        let configuration = try stream.frameConfiguration()
        let (predictions, report) = try run(stream, configuration, count: 2)
        #expect(predictions.map(\.sampleID) == ["a/0", "a/2"])
        #expect(report.number(.frames, "filled") == 1 && report.number(.deadLetters, "E_NOT_FINITE") == 1)
        #expect(report.number(.inputRecords, "weir.s.frames", "dead_lettered") == 1)
        let letters = try stream.read("weir.s.dlq") { !$0.isEmpty }
        let letter = try #require(
            DeadLetter(headers: letters[0].headers.map { MessageHeader(name: $0.name, value: $0.value) }))
        #expect(letters[0].value == bad && letter.className == "Messages.FrameDecoder")
        #expect(letter.message.contains("x[1]"), "\(letter.message)")
        // As if a frame of zeros had come.
        let zeros = [
            Frame(session: "a", sequence: 0, values: TestStream.values(0, 0)),
            Frame(session: "a", sequence: 1, values: [0, 0, 0]),
            Frame(session: "a", sequence: 2, values: TestStream.values(0, 2)),
        ]
        let expected = try TestStream.expected(zeros, weights: configuration.frames.weights)
        #expect(predictions[1].confidence == TestStream.softmax(expected[2].scores).max())
    }

    @Test("Bad records among good ones: each with its reason in the dead letters, every good frame answered")
    func badRecords() throws {
        let stream = try TestStream()
        let frames = TestStream.frames(records: 400, sessions: 10, isOrderly: true)
        let faults: [(String, String)] = [
            ("{}", "E_NO_FEATURES"), (#"{"seq":0,"x":[1]}"#, "E_DIMENSION"),
            (#"{"seq":0,"x":[1,2,null]}"#, "E_NOT_FINITE"), (#"{"x":[1,2,3]}"#, "E_SEQ"),
            (#"{"seq":-1,"x":[1,2,3]}"#, "E_SEQ"), (#"{"seq":0,"x":[1,2,3],"session":""}"#, "E_SESSION"),
            (#"{"seq":0,"x":[1,2,3],"frames":2}"#, "E_DIMENSION"),
            (#"{"seq":0,"x":[1,2,3],"answer":"none"}"#, "E_FRAMES"),
            (#"{"do":"delete_class","label":"walk"}"#, "E_INSTRUCTION"), ("[]", "E_JSON"),
        ]
        var messages: [TestStream.Message] = []
        var wanted: [String] = []
        for (index, frame) in frames.enumerated() {
            messages.append(TestStream.json(frame))
            guard index.isMultiple(of: 10) else { continue }
            let (value, code) = faults[index / 10 % faults.count]
            messages.append(.init(value: Array(value.utf8), key: Array("bad".utf8)))
            wanted.append(code)
        }
        // Nobody is named, and there is nothing.
        messages += [.init(value: Array(#"{"seq":0,"x":[1,2,3]}"#.utf8)), .init(value: nil, key: [65])]
        wanted += ["E_NO_SESSION", "E_TOMBSTONE"]
        try stream.sendFrames(messages)
        let configuration = try stream.frameConfiguration()
        let expected = try TestStream.expected(frames, weights: configuration.frames.weights)
        let (predictions, report) = try run(stream, configuration, count: expected.count)
        #expect(predictions.map(\.sampleID) == expected.map(\.id))
        for (prediction, answer) in zip(predictions, expected) {
            #expect(prediction.confidence == TestStream.softmax(answer.scores).max())
        }
        let letters = try stream.read("weir.s.dlq") { $0.count >= wanted.count }
        let codes = letters.map { letter in
            letter.headers.last { $0.name == "weir_error_code" }?.value.map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        #expect(codes == wanted)
        #expect(report.sum(.deadLetters) == Double(wanted.count))
    }

    @Test("Other weights, other policies, no room: refused with what to do")
    func refusals() throws {
        let stream = try TestStream()
        try stream.sendFrames([
            TestStream.json(Frame(session: "a", sequence: 0, values: [1, 2, 3]))
        ])
        _ = try run(stream, try stream.frameConfiguration(), count: 1)
        func failure(_ change: (inout Configuration) throws -> Void) throws -> String {
            var configuration = try stream.frameConfiguration()
            try change(&configuration)
            return RunningService(configuration).wait().map { "\($0)" } ?? "none"
        }
        var text = try failure { $0.frames.weights = try stream.model(seed: 2) }
        #expect(text.contains("frames.weights is SensorNet, sha256:"), "\(text)")
        text = try failure { $0.frames.gaps = .repeat }
        #expect(text.contains("frames.gaps is zeros in the snapshot and repeat"), "\(text)")
        text = try failure { $0.frames.answers = .memory }
        #expect(text.contains("frames.answers is network in the snapshot and memory"), "\(text)")
        text = try failure { $0.frames.stateBytes = 16 }
        #expect(text.contains("which one session of SensorNet takes"), "\(text)")
        text = try failure { $0.frames.weights = "no such file" }
        #expect(text.contains("frames.weights: "), "\(text)")
        text = try failure { $0.dimension = 7 }
        #expect(text.contains("gives 4; leave dimension out"), "\(text)")
        // Fewer sessions than were open are no fault.
        let fewer = RunningService(try stream.frameConfiguration { $0.frames.sessions = 1 })
        #expect(eventually { !fewer.reports.isEmpty || fewer.hasEnded })
        #expect(fewer.stop() == nil)
    }
}
