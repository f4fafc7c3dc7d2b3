import Foundation
import Log
import Messages
import Streaming
import Synchronization
import Testing

/// Labels are what people know about others. They stand in predictions and in the records themselves, and nowhere else.
@Suite struct PrivacyTests {
    /// All that is written for people.
    private final class Said: Sendable {
        let lines = Mutex<[String]>([])
    }

    private static let marker = "marker-7c1e"
    /// A label may be a number.
    private static let number = "77123"

    /// A sample whose label is good, with one thing wrong beside it or in it.
    private static let wrong: [String] = {
        let label = #""label":"\#(marker)""#
        let good = #""id":"a","x":[1,2,3,4]"#
        return [
            "{\(good),\(label)", "{\(good),\(label)} x", "{\(good),\(label),\(label)}", "{\(label)}",
            #"{"id":"a",\#(label),"x":[1,2,3]}"#, #"{"id":"a",\#(label),"x":[1,2,3,null]}"#,
            #"{"id":"a",\#(label),"x":"\#(marker)"}"#, #"{"id":{"n":"\#(marker)"},"x":[1,2,3,4]}"#,
            #"{\#(good),"label":{"\#(marker)":1}}"#, #"{\#(good),"label":["\#(marker)"]}"#,
            #"{\#(good),"label":"\#(marker)\u0000"}"#, #"{\#(good),"label":"\#(marker)\ud800"}"#,
            #"{\#(good),"label":"\#(marker)\#(String(repeating: "a", count: 300))"}"#,
            #"{\#(good),"label":\#(number).5}"#, #"{\#(good),"label":\#(number)e400}"#,
            #"{\#(good),"label":-\#(number)x}"#, #"{\#(good),\#(label),"weight":0}"#,
            #"{\#(good),\#(label),"role":"\#(marker)"}"#, #"{\#(good),\#(label),"weight":"\#(marker)"}"#,
            #"{\#(good),\#(label),"explain":"\#(marker)"}"#,
            #"{"do":"delete_class","label":"\#(marker)"}"#,
            #"{"do":"rename_class","label":"\#(marker)","to":"\#(marker)"}"#,
            #"{"do":"rename_class","label":"\#(marker)","to":"class 1"}"#,
            #"{"do":"rename_class","label":"class 0","to":"\#(marker)","into":"b"}"#,
            #"{"do":"merge_classes","label":"\#(marker)","into":"\#(marker)"}"#,
            #"{"do":"merge_classes","label":"\#(marker)","into":"class 1"}"#,
            #"{"do":"merge_classes","label":"class 1","into":"\#(marker)"}"#,
            #"{"do":"unlearn","id":"a","x":[1,2,3,4],"label":"\#(marker)"}"#,
            #"{"do":"unlearn","id":"a","x":[1,2,3],"label":"\#(marker)"}"#,
        ]
    }()

    private func logger(_ said: Said) -> Logger {
        Logger(label: "weir", level: .debug) { line in
            said.lines.withLock { $0.append("\(line.message) \(line.fields)") }
        }
    }

    /// What must not hold a label: the log, and the headers that are added to dead letters.
    private func check(_ stream: QuietStream, _ said: Said) {
        for line in said.lines.withLock({ $0 }) {
            #expect(!line.contains(Self.marker) && !line.contains(Self.number))
        }
        for output in stream.outputs where output.topic.hasSuffix(".dlq") {
            for header in output.headers {
                let text = String(decoding: header.value ?? [], as: UTF8.self)
                #expect(!text.contains(Self.marker) && !text.contains(Self.number), "\(header.name): \(text)")
            }
        }
    }

    @Test("Bad samples and instructions: their labels are in no log line and no header")
    func samples() throws {
        let stream = QuietStream()
        let said = Said()
        stream.logger = logger(said)
        for sample in stream.samples(0..<40) { stream.log.produce(QuietStream.json(sample)) }
        for text in Self.wrong { stream.log.produce(Array(text.utf8)) }
        try stream.run(try stream.configuration { $0.errors.tolerance = 1 }) {
            stream.log.isRead && stream.answered >= 40
        }
        let letters = stream.outputs.count { $0.topic.hasSuffix(".dlq") }
        #expect(letters == Self.wrong.count)
        check(stream, said)
    }

    @Test("A class more than the limit: its label is in no log line and no header")
    func classLimit() throws {
        let stream = QuietStream()
        let said = Said()
        stream.logger = logger(said)
        let count = 60
        for number in 0..<count {
            var sample = stream.samples(number..<(number + 1))[0]
            sample.label = "\(Self.marker)-\(number)"
            stream.log.produce(QuietStream.json(sample))
        }
        try stream.run(
            try stream.configuration {
                $0.errors.tolerance = 1
                $0.ensemble.experts = [.counts]
                $0.evaluation.holdOutFraction = 0
                $0.evaluation.classLimit = 20
            }
        ) { stream.log.isRead && stream.answered >= count }
        #expect(stream.outputs.contains { $0.topic.hasSuffix(".dlq") })
        check(stream, said)
    }

    @Test("Bad frames: their labels are in no log line and no header")
    func frames() throws {
        let frames = QuietFrames()
        let said = Said()
        frames.stream.logger = logger(said)
        let good = #""session":"a","seq":0,"x":[1,2,3],"label":"\#(Self.marker)""#
        let wrong = [
            "{\(good)", "{\(good),\"frames\":0}", "{\(good),\"end\":\"\(Self.marker)\"}",
            "{\(good),\"answer\":\"\(Self.marker)\"}",
            #"{"session":"a","seq":"\#(Self.marker)","x":[1,2,3],"label":"\#(Self.marker)"}"#,
            #"{"session":"a","seq":0,"x":[1,2],"label":"\#(Self.marker)"}"#,
            #"{"session":"a","seq":0,"x":[1,2,3],"label":["\#(Self.marker)"]}"#,
        ]
        for (number, text) in wrong.enumerated() {
            frames.stream.log.produce(Array(text.utf8), time: 1_000 + Int64(number))
        }
        try frames.run(try frames.configuration())
        #expect(frames.stream.outputs.count { $0.topic.hasSuffix(".dlq") } == wrong.count)
        check(frames.stream, said)
    }
}
