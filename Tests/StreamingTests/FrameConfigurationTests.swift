import Streaming
import Testing

/// The settings of a stream of frames.
@Suite struct FrameConfigurationTests {
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
