import Foundation
import Messages
import TestSupport
import Testing

/// Answers that are withheld, and the reasons of answers.
@Suite struct ReasonsTests {
    static let reasons = Reasons(
        margin: 1.25, second: "1",
        prototypes: [
            PrototypeReason(
                sampleID: "d-3", label: "7", similarity: 0.875,
                source: RecordSource(topic: "t", partition: 3, offset: 17)),
            PrototypeReason(sampleID: "d-4", label: "1", similarity: -0.5, source: nil),
        ],
        codebooksFor: [
            CodebookReason(codebook: 12, key: 407, logOdds: 2.5),
            CodebookReason(codebook: 0, key: 0, logOdds: 1),
        ],
        codebooksAgainst: [CodebookReason(codebook: 200, key: 4095, logOdds: -0.75)],
        experts: [
            ExpertView(name: "counts", weight: 0.31, label: "7", confidence: 0.93),
            ExpertView(name: "means", weight: 1.5, label: nil, confidence: 0.7),
        ])

    static func prediction(
        label: String? = "7", candidate: String? = nil, distance: Float? = nil, reasons: Reasons? = nil
    ) -> Prediction {
        Prediction(
            id: "0", sampleID: "a", stream: "s", label: label, confidence: 0.5, isCalibrated: true,
            topK: [LabelScore(label: "7", confidence: 0.5)], model: PredictionTests.model,
            source: RecordSource(topic: "t", partition: 0, offset: 0), durationMicroseconds: 1,
            timestampMilliseconds: 0, candidate: candidate, distance: distance, reasons: reasons)
    }

    static func text(_ prediction: Prediction) -> String {
        String(decoding: PredictionTests.encoded(prediction), as: UTF8.self)
    }

    @Test func withholdsUnknownAnswers() throws {
        let unknown = Self.prediction(label: nil, candidate: "7", distance: 4.5)
        #expect(unknown.outcome == .unknown && unknown.confidence == 0)
        #expect(
            Self.text(unknown)
                == #"{"id":"0","sample_id":"a","stream":"s","outcome":"unknown","label":null,"confidence":0.0,"calibrated":true,"#
                + #""topk":[["7",0.5]],"candidate":"7","distance":4.5,"holdout":false,"#
                + #""model":{"id":"digits-a","revision":10424,"traces_learned":10423,"hash":"sha256:9f86"},"#
                + #""source":{"topic":"t","partition":0,"offset":0},"duration_us":1,"ts":"1970-01-01T00:00:00.000Z"}"#
        )
        try expectRoundTrip(unknown)
    }

    @Test func hasNoCandidateBesideALabel() throws {
        let known = Self.prediction(candidate: "1", distance: -0.5)
        #expect(known.candidate == nil && known.outcome == .answered && known.distance == -0.5)
        try expectRoundTrip(known)
        let none = Self.prediction(label: nil, distance: 0)
        #expect(none.outcome == .nothingLearned && none.candidate == nil)
        try expectRoundTrip(none)
    }

    @Test func writesReasonsByteForByte() throws {
        let prediction = Self.prediction(reasons: Self.reasons)
        let wanted =
            #","reasons":{"margin":1.25,"second":"1","prototypes":["#
            + #"{"sample_id":"d-3","label":"7","similarity":0.875,"source":{"topic":"t","partition":3,"offset":17}},"#
            + #"{"sample_id":"d-4","label":"1","similarity":-0.5,"source":null}],"#
            + #""codebooks":{"for":[[12,407,2.5],[0,0,1.0]],"against":[[200,4095,-0.75]]},"#
            + #""experts":[{"name":"counts","weight":0.31,"label":"7","confidence":0.93},"#
            + #"{"name":"means","weight":1.5,"label":null,"confidence":0.0}]}}"#
        #expect(Self.text(prediction).hasSuffix(wanted))
        try expectRoundTrip(prediction)
    }

    @Test func writesNewFieldsFrom16() throws {
        var wanted = try Self.prediction(label: nil, distance: nil).encodeProtobuf()
        // The last field says nothing_learned.
        let old = Wire.field(22, varint: 3)
        #expect(wanted.suffix(old.count) == old[...])
        wanted.removeLast(old.count)
        let prototype =
            Wire.field(1, "d-4") + Wire.field(2, "1") + Wire.varint(3 << 3 | 5) + Wire.floats([0.5])
            + Wire.field(4, Wire.field(1, "t"))
        let codebook = Wire.field(1, varint: 12) + Wire.field(2, varint: 407)
        let expert = Wire.field(1, "e") + Wire.varint(2 << 3 | 5) + Wire.floats([0.25])
        let reasons =
            Wire.varint(1 << 3 | 5) + Wire.floats([0]) + Wire.field(2, "1") + Wire.field(3, prototype)
            + Wire.field(4, codebook + Wire.varint(3 << 3 | 5) + Wire.floats([2]))
            + Wire.field(5, codebook + Wire.varint(3 << 3 | 5) + Wire.floats([-2])) + Wire.field(6, expert)
        wanted += Wire.varint(16 << 3 | 2) + [1] + Array("7".utf8)
        wanted += Wire.varint(17 << 3 | 5) + Wire.floats([0])
        wanted += Wire.field(18, reasons)
        wanted += Wire.field(22, varint: 2)
        let prediction = Self.prediction(
            label: nil, candidate: "7", distance: 0,
            reasons: Reasons(
                margin: 0, second: "1",
                prototypes: [
                    PrototypeReason(
                        sampleID: "d-4", label: "1", similarity: 0.5,
                        source: RecordSource(topic: "t", partition: 0, offset: 0))
                ],
                codebooksFor: [CodebookReason(codebook: 12, key: 407, logOdds: 2)],
                codebooksAgainst: [CodebookReason(codebook: 12, key: 407, logOdds: -2)],
                experts: [ExpertView(name: "e", weight: 0.25, label: nil, confidence: 0)]))
        #expect(try prediction.encodeProtobuf() == wanted)
        #expect(try wanted.withUnsafeBytes { try Prediction(protobuf: $0) } == prediction)
    }

    @Test func roundTrips() throws {
        var generator = SplitMix64(seed: 17)
        let texts = ["7", "é", "\"", "\\", "\u{0}\n", "😀", ""]
        func text() -> String { texts.randomElement(using: &generator) ?? "" }
        func number() -> Float { .random(in: -1...1, using: &generator) * 100 }
        func maybe<Value>(_ value: @autoclosure () -> Value) -> Value? {
            Bool.random(using: &generator) ? value() : nil
        }
        func list<Value>(_ value: @autoclosure () -> Value) -> [Value] {
            (0..<Int.random(in: 0...3, using: &generator)).map { _ in value() }
        }
        func codebook() -> CodebookReason {
            CodebookReason(
                codebook: .random(in: 0..<1000, using: &generator),
                key: .random(in: 0...Int(Int32.max), using: &generator), logOdds: number())
        }
        func source() -> RecordSource {
            RecordSource(
                topic: text(), partition: .random(in: .min ... .max, using: &generator),
                offset: .random(in: .min ... .max, using: &generator))
        }
        for round in 0..<500 {
            let reasons = Reasons(
                margin: maybe(number()), second: maybe(text()),
                prototypes: list(
                    PrototypeReason(
                        sampleID: text(), label: text(), similarity: number() / 100, source: maybe(source()))),
                codebooksFor: list(codebook()), codebooksAgainst: list(codebook()),
                experts: list(
                    ExpertView(
                        name: text(), weight: abs(number()), label: maybe(text()),
                        confidence: .random(in: 0...1, using: &generator))))
            try expectRoundTrip(
                Self.prediction(
                    label: maybe(text()), candidate: maybe(text()), distance: maybe(number()),
                    reasons: maybe(reasons)),
                "seed 17, round \(round)")
        }
    }

    @Test func leavesOutWhatIsNotFinite() throws {
        for value in [Float.nan, .infinity, -.infinity] {
            var prediction = Self.prediction(distance: value, reasons: Self.reasons)
            prediction.reasons?.margin = value
            let json = Self.text(prediction)
            #expect(!json.contains("distance") && json.contains(#""margin":null"#))
            let read = try PredictionTests.decoded(json)
            #expect(read.distance == nil && read.reasons?.margin == nil)
            let protobuf = try prediction.encodeProtobuf()
            #expect(try protobuf.withUnsafeBytes { try Prediction(protobuf: $0) } == read)
        }
    }

    @Test func refusesWhatItCannotHold() throws {
        for number in [Int(Int32.max) + 1, Int(Int32.min) - 1] {
            for reason in [
                CodebookReason(codebook: number, key: 0, logOdds: 1),
                CodebookReason(codebook: 0, key: number, logOdds: 1),
            ] {
                var prediction = Self.prediction(reasons: Self.reasons)
                prediction.reasons?.codebooksAgainst = [reason]
                let error = #expect(throws: Rejection.self) { try prediction.encodeProtobuf() }
                #expect(error?.code == .tooLarge)
            }
        }
        let whole = try Self.prediction().encodeProtobuf()
        for added in [
            Wire.varint(17 << 3 | 5) + Wire.floats([.nan]),
            Wire.field(18, Wire.varint(1 << 3 | 5) + Wire.floats([.infinity])),
            Wire.field(18, Wire.field(3, Wire.varint(3 << 3 | 5) + Wire.floats([.nan]))),
            Wire.field(18, Wire.field(5, Wire.varint(3 << 3 | 5) + Wire.floats([.nan]))),
            Wire.field(18, Wire.field(6, Wire.varint(2 << 3 | 5) + Wire.floats([.nan]))),
        ] {
            let error = #expect(throws: Rejection.self) {
                try (whole + added).withUnsafeBytes { try Prediction(protobuf: $0) }
            }
            #expect(error?.code == .protobuf)
        }
    }

    @Test(arguments: [
        ("\"prototypes\"", "\"other\"", "reasons.prototypes is missing"),
        ("\"codebooks\"", "\"other\"", "reasons.codebooks is missing"),
        ("\"against\"", "\"other\"", "reasons.codebooks.against is missing"),
        ("\"experts\"", "\"other\"", "reasons.experts is missing"),
        ("\"similarity\"", "\"other\"", "reasons.prototypes[].similarity is missing"),
        ("\"weight\"", "\"other\"", "reasons.experts[].weight is missing"),
        ("[200,4095,-0.75]", "[200,4095]", "reasons.codebooks.against[][2] is missing"),
        ("[12,407,2.5]", "[12,407.5,2.5]", "reasons.codebooks.for[][1]: a whole number"),
        ("\"partition\":3", "\"partition\":3000000000", "reasons.prototypes[].source.partition has more"),
        ("1.25", "1e39", "reasons.margin: too large"), ("1.25", "\"1\"", "reasons.margin is a string"),
        ("\"second\":\"1\"", "\"second\":1", "reasons.second is a number"),
    ])
    func namesWhatIsWrong(part: String, bad: String, names: String) {
        let json = Self.text(Self.prediction(reasons: Self.reasons))
        #expect(json.contains(part))
        let error = #expect(throws: Rejection.self) {
            try PredictionTests.decoded(json.replacing(part, with: bad))
        }
        #expect(error?.code == .json)
        #expect(error?.message.contains(names) == true, "\(error?.message ?? "")")
    }

    private func expectRoundTrip(_ prediction: Prediction, _ comment: Comment? = nil) throws {
        let json = PredictionTests.encoded(prediction)
        let fromJSON = try json.withUnsafeBytes { try Prediction(json: $0) }
        let protobuf = try prediction.encodeProtobuf()
        let fromProtobuf = try protobuf.withUnsafeBytes { try Prediction(protobuf: $0) }
        for read in [fromJSON, fromProtobuf] {
            #expect(read == prediction, comment)
            #expect(PredictionTests.encoded(read) == json, comment)
            #expect(try read.encodeProtobuf() == protobuf, comment)
        }
        #expect(!json.contains { $0 < 0x20 }, comment)
    }
}
