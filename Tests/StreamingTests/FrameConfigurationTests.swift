import Streaming
import Testing

/// The settings of a stream of frames.
@Suite struct FrameConfigurationTests {
    @Test(
        "Every range holds for a stream of frames too, whatever answers",
        arguments: ["network", "memory"],
        [
            ("predictions: { top: 0 }", "predictions.top: top must lie in 1...100"),
            ("evaluation: { window: 0 }", "evaluation.window: window must lie in 1...1000000"),
            ("evaluation: { holdOutFraction: 0.6 }", "holdOutFraction must lie in 0...0.5"),
            ("evaluation: { holdOutPerClass: 0 }", "holdOutPerClass must lie in 1...1000"),
            ("evaluation: { classLimit: 0 }", "classLimit must lie in 1...1000000"),
            ("memory: { keys: 0 }", "memory.keys: keys must lie in 1...65536"),
            ("memory: { readout: sgd }\nensemble: { features: 1 }", "features must lie in 16...16384"),
            ("ensemble: { falseRejections: 2 }", "falseRejections must lie in 0...0.5"),
            ("dimension: 0", "dimension must lie in 1...65536"),
        ])
    func ranges(answers: String, fault: (String, String)) {
        let text = """
            stream: s
            brokers: b
            frames: { weights: w, answers: \(answers) }
            \(fault.0)
            """
        let error = #expect(throws: (any Error).self) { try Configuration(yaml: text, environment: [:]) }
        #expect(error.map { "\($0)".contains(fault.1) } ?? false, "\(error.map { "\($0)" } ?? "")")
        #expect(error.map { "\($0)".hasPrefix("line ") } ?? false)
    }

    @Test("The settings of frames are read and checked; dimension is not wanted")
    func settings() throws {
        let text = """
            stream: motion
            brokers: localhost:9092
            frames: { weights: motion.safetensors, gaps: repeat, answers: memory, idleSeconds: 1.5 }
            """
        let configuration = try Configuration(yaml: text, environment: [:])
        #expect(configuration.hasFrames && configuration.inputTopic == "weir.motion.frames")
        #expect(configuration.frames.gaps == .repeat && configuration.frames.answers == .memory)
        for (wrong, part) in [
            ("gaps: skip", "zeros, repeat, reset"), ("answers: both", "network, memory"),
            ("sessions: 0", "frames.sessions must lie in 1"),
            ("gapFrame: 1", "did you mean frames.gapFrames"),
        ] {
            #expect {
                try Configuration(
                    yaml: "stream: s\nbrokers: b\nframes: { weights: w, \(wrong) }", environment: [:])
            } throws: { "\($0)".contains(part) }
        }
        #expect {
            try Configuration(
                yaml: "stream: s\nbrokers: b\nframes: { weights: w }\ntopics: { frames: weir.s.predictions }",
                environment: [:])
        } throws: { "\($0)".contains("topics.frames names a topic that Weir also writes to") }
        #expect(throws: (any Error).self) {
            try Configuration(yaml: "stream: s\nbrokers: b", environment: [:])
        }
    }
}
