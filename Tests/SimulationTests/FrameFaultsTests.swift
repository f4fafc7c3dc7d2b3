import Foundation
import Messages
import Streaming
import Tensors
import Testing

/// Sessions that meet wrong numbers, wrong times, repeats and values that no network can bear.
@Suite struct FrameFaultsTests {
    private func ids(_ session: String, _ numbers: some Sequence<Int64>) -> [String] {
        numbers.map { "\(session)/\($0)" }
    }

    @Test("No ranked classes are refused when the settings are read; the first frame ended the process")
    func noRankedClasses() throws {
        let error = #expect(throws: (any Error).self) {
            try QuietFrames().configuration { $0.predictions.top = 0 }
        }
        #expect("\(try #require(error))".contains("top must lie in 1...100"))
    }

    @Test("A retry after the end is a repeat, and the next recording under the name is answered")
    func retriesAfterTheEnd() throws {
        let frames = QuietFrames()
        let log = frames.stream.log
        func recording(at time: Int64) {
            for part in Int64(0)..<30 {
                log.produce(
                    QuietFrames.record("cam", part * 10, count: 10, isEnd: part == 29), time: time + part)
            }
        }
        recording(at: 1_000_000)
        log.produce(QuietFrames.record("cam", 280, count: 10), time: 1_000_028)
        log.produce(QuietFrames.record("cam", 290, count: 10, isEnd: true), time: 1_000_029)
        // As another producer sends it again.
        log.produce(QuietFrames.record("cam", 290, count: 10, isEnd: true), time: 1_000_500)
        recording(at: 1_001_000)
        let answers = try frames.run(try frames.configuration())
        #expect(answers == ids("cam", Array(0..<300) + Array(0..<300)))
        #expect(frames.frames("duplicate") == 30 && frames.frames("late") == 0)
    }

    @Test("What ended is known after a restart")
    func restartsAfterTheEnd() throws {
        let frames = QuietFrames()
        let log = frames.stream.log
        for number in Int64(0)..<40 {
            log.produce(QuietFrames.record("a", number, isEnd: number == 39), time: 1_000 + number)
        }
        let configuration = try frames.configuration()
        try frames.run(configuration)
        log.produce(QuietFrames.record("a", 39, isEnd: true), time: 1_039)
        log.produce(QuietFrames.record("a", 0), time: 2_000)
        let answers = try frames.run(configuration)
        #expect(answers == ids("a", Array(0..<40) + [0]))
        #expect(frames.frames("duplicate") == 1)
    }

    @Test("One wild number silences no session, be it the first or a later one")
    func wildNumbers() throws {
        let frames = QuietFrames()
        let log = frames.stream.log
        for number in Int64(0)..<20 { log.produce(QuietFrames.record("a", number), time: 1_000 + number) }
        log.produce(QuietFrames.record("a", 1 << 32 - 1), time: 1_020)
        for number in Int64(20)..<40 { log.produce(QuietFrames.record("a", number), time: 1_001 + number) }
        log.produce(QuietFrames.record("b", 1 << 32 - 1), time: 1_050)
        for number in Int64(0)..<20 { log.produce(QuietFrames.record("b", number), time: 1_051 + number) }
        let answers = try frames.run(try frames.configuration())
        #expect(
            answers == ids("a", 0..<40) + ids("b", [1 << 32 - 1]) + ids("b", 1..<20),
            "\(answers.count) answers")
        #expect(frames.frames("late") == 0 && frames.frames("astray") == 2)
        #expect(frames.said("number lies far").count == 1)
    }

    @Test("A jump that goes on is followed: the session begins anew there")
    func jumps() throws {
        let frames = QuietFrames()
        let numbers = Array(Int64(0)..<10) + Array(Int64(1_000_000)..<1_000_010)
        for (place, number) in numbers.enumerated() {
            frames.stream.log.produce(QuietFrames.record("a", number), time: 1_000 + Int64(place))
        }
        let answers = try frames.run(try frames.configuration())
        #expect(answers == ids("a", 0..<10) + ids("a", 1_000_001..<1_000_010))
    }

    @Test("One record of the far future stops no session from being let go, nor from beginning anew")
    func farFuture() throws {
        let frames = QuietFrames()
        let log = frames.stream.log
        let day: Int64 = 86_400_000
        log.produce(QuietFrames.record("a", 0), time: day)
        log.produce(QuietFrames.record("a", 1), time: 40_000 * day)
        for number in Int64(2)..<12 { log.produce(QuietFrames.record("a", number), time: day + number) }
        // Idle, and begun anew at 0 without an end.
        for number in Int64(0)..<10 {
            log.produce(QuietFrames.record("a", number), time: day + 400_000 + number)
        }
        let answers = try frames.run(try frames.configuration())
        #expect(answers == ids("a", 0..<12) + ids("a", 0..<10))
        #expect(frames.said("time lies far").count == 1)
        #expect(frames.stream.reports.last?.number(.sessionsEnded, "idle") == 1)
    }

    @Test("A stream that was silent for days goes on at its new time")
    func silentDays() throws {
        let frames = QuietFrames()
        let log = frames.stream.log
        let day: Int64 = 86_400_000
        for number in Int64(0)..<12 { log.produce(QuietFrames.record("a", number), time: day + number) }
        for number in Int64(0)..<20 { log.produce(QuietFrames.record("a", number), time: 5 * day + number) }
        for number in Int64(0)..<5 {
            log.produce(QuietFrames.record("a", number), time: 5 * day + 400_000 + number)
        }
        let answers = try frames.run(try frames.configuration())
        #expect(answers == ids("a", 0..<12) + ids("a", 0..<20) + ids("a", 0..<5))
    }

    @Test("A frame without a finite answer goes to the dead letters, and its session begins anew")
    func notFinite() throws {
        // One that makes what is near the end of floats infinite.
        var file = try Safetensors(path: Simulation.network)
        let norm = try #require(file.tensors["norm.weight"])
        file.tensors["norm.weight"] = TensorData(norm.floats().map { $0 * 1_000 }, shape: norm.shape)
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "weir-\(UUID().uuidString).safetensors")
        try file.encoded().write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        for batch in [1, 1_000] {
            let frames = QuietFrames()
            for number in Int64(0)..<20 {
                frames.stream.log.produce(
                    QuietFrames.record("a", number, value: number == 6 ? 3e38 : nil), time: 1_000 + number)
            }
            let answers = try frames.run(
                try frames.configuration {
                    $0.frames.weights = path.path
                    $0.consumer.batchRecords = batch
                })
            #expect(frames.texts.allSatisfy { !$0.contains(#""confidence":null"#) })
            #expect(answers == ids("a", [0, 1, 2, 3, 4, 5]) + ids("a", 7..<20))
            #expect(frames.codes == ["E_OUTPUT"])
            #expect(frames.stream.reports.last?.number(.sessionsReset) == 1)
            #expect(frames.said("not finite").count == 1)
            let warming = try frames.answers().compactMap(\.frame).filter(\.isWarming).map(\.sequence)
            #expect(warming == [0, 1, 2, 7, 8, 9])
        }
    }

    @Test("Sessions that are put out for others are said")
    func evictions() throws {
        let frames = QuietFrames()
        for number in Int64(0)..<12 {
            frames.stream.log.produce(
                QuietFrames.record("session \(number % 4)", number / 4), time: 1_000 + number)
        }
        try frames.run(try frames.configuration { $0.frames.sessions = 3 })
        #expect(frames.stream.reports.last?.number(.sessionsEnded, "evicted") == 9)
        #expect(frames.said("put out for others").count == 1)
    }
}
