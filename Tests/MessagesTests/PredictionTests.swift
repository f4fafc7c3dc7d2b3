import Foundation
import Messages
import TestSupport
import Testing

@Suite struct PredictionTests {
    static let model = ModelReference(
        id: "digits-a", revision: 10424, tracesLearned: 10423, hash: "sha256:9f86")

    static func encoded(_ prediction: Prediction) -> [UInt8] {
        var bytes: [UInt8] = []
        prediction.encodeJSON(into: &bytes)
        return bytes
    }

    static func decoded(_ json: String) throws -> Prediction {
        try Array(json.utf8).withUnsafeBytes { try Prediction(json: $0) }
    }

    let full = Prediction(
        id: "6f9619ff-8b86-5011-b42d-00c04fc964ff", sampleID: "d-17", stream: "digits", label: "7",
        confidence: 0.93, isCalibrated: true,
        topK: [LabelScore(label: "7", confidence: 0.93), LabelScore(label: "1", confidence: 0.04)],
        codes: [3, 0, 4095], expected: "1", isHoldout: true, model: model,
        source: RecordSource(topic: "t", partition: 3, offset: 99817), durationMicroseconds: 37,
        timestampMilliseconds: 1_790_000_000_123)

    @Test func writesJSONByteForByte() {
        let wanted =
            #"{"id":"6f9619ff-8b86-5011-b42d-00c04fc964ff","sample_id":"d-17","stream":"digits","outcome":"answered","label":"7","#
            + #""confidence":0.93,"calibrated":true,"topk":[["7",0.93],["1",0.04]],"codes":[3,0,4095],"expected":"1","#
            + #""holdout":true,"model":{"id":"digits-a","revision":10424,"traces_learned":10423,"hash":"sha256:9f86"},"#
            + #""source":{"topic":"t","partition":3,"offset":99817},"duration_us":37,"ts":"2026-09-21T14:13:20.123Z"}"#
        #expect(String(decoding: Self.encoded(full), as: UTF8.self) == wanted)
    }

    @Test func writesProtobufAsProtocDoes() throws {
        let wanted = hexadecimal(
            "0a2436663936313966662d386238362d353031312d623432642d3030633034666339363466661204642d31371a0664696769747322"
                + "01372d7b146e3f30013a080a0137157b146e3f3a080a0131150ad7233d42040300ff1f5201315801621d0a086469676974732d"
                + "611a0b7368613235363a3966383620b85128b7516a090a0174100318e98b06702578fbd8c1a28c34b00101")
        #expect(try full.encodeProtobuf() == wanted)
        #expect(try wanted.withUnsafeBytes { try Prediction(protobuf: $0) } == full)
    }

    @Test func saysThatNothingIsLearned() throws {
        let none = Prediction(
            id: "0", sampleID: "a", stream: "s", label: nil, confidence: 0.7, isCalibrated: false, topK: [],
            model: Self.model, source: RecordSource(topic: "t", partition: 0, offset: 0),
            durationMicroseconds: 1,
            timestampMilliseconds: 0)
        #expect(none.confidence == 0)
        #expect(none.outcome == .nothingLearned)
        let text = String(decoding: Self.encoded(none), as: UTF8.self)
        #expect(
            text.contains(#""outcome":"nothing_learned","label":null,"confidence":0.0,"#)
        )
        #expect(text.hasSuffix(#""ts":"1970-01-01T00:00:00.000Z"}"#))
        #expect(try Self.decoded(text) == none)
        #expect(try none.encodeProtobuf().withUnsafeBytes { try Prediction(protobuf: $0) } == none)
    }

    @Test func roundTrips() throws {
        var generator = SplitMix64(seed: 3)
        let texts = ["7", "é", "\"", "\\", "\u{0}\u{1f}\u{7f}\n\t\r\u{8}\u{c}", "😀", "</script>", ""]
        func text() -> String { texts.randomElement(using: &generator) ?? "" }
        for round in 0..<500 {
            let prediction = Prediction(
                id: text(), sampleID: text(), stream: text(),
                label: Bool.random(using: &generator) ? text() : nil,
                confidence: .random(in: 0...1, using: &generator), isCalibrated: .random(using: &generator),
                topK: (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                    LabelScore(label: text(), confidence: .random(in: 0...1, using: &generator))
                },
                codes: Bool.random(using: &generator) ? [0, 17, Int(Int32.max)] : nil,
                expected: Bool.random(using: &generator) ? text() : nil,
                isHoldout: .random(using: &generator),
                model: ModelReference(
                    id: text(), revision: .random(in: 0 ... .max, using: &generator),
                    tracesLearned: .random(in: 0 ... .max, using: &generator), hash: text()),
                source: RecordSource(
                    topic: text(), partition: .random(in: .min ... .max, using: &generator),
                    offset: [.min, .max, 0, -1, 12].randomElement(using: &generator) ?? 0),
                durationMicroseconds: .random(in: .min ... .max, using: &generator),
                timestampMilliseconds: .random(
                    in: -62_167_219_200_000...253_402_300_799_999, using: &generator))
            let json = Self.encoded(prediction)
            #expect(
                try json.withUnsafeBytes { try Prediction(json: $0) } == prediction, "seed 3, round \(round)")
            let protobuf = try prediction.encodeProtobuf()
            #expect(
                try protobuf.withUnsafeBytes { try Prediction(protobuf: $0) } == prediction,
                "seed 3, round \(round)")
            #expect(!json.contains { $0 < 0x20 }, "one line")
        }
    }

    // Values of `date -u -d TEXT +%s`.
    @Test(
        arguments: [
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (1_709_251_199_001, "2024-02-29T23:59:59.001Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func writesTimes(milliseconds: Int64, text: String) throws {
        var prediction = full
        prediction.timestampMilliseconds = milliseconds
        let json = String(decoding: Self.encoded(prediction), as: UTF8.self)
        #expect(json.hasSuffix(#""ts":"\#(text)"}"#))
        #expect(try Self.decoded(json).timestampMilliseconds == milliseconds)
    }

    @Test(arguments: [Int64.min, -62_167_219_200_001, 253_402_300_800_000, .max])
    func keepsTimesToTheYearsThatCanBeWritten(milliseconds: Int64) throws {
        var prediction = full
        prediction.timestampMilliseconds = milliseconds
        let read = try Self.encoded(prediction).withUnsafeBytes { try Prediction(json: $0) }
        #expect(read.timestampMilliseconds == (milliseconds < 0 ? -62_167_219_200_000 : 253_402_300_799_999))
    }

    @Test func readsTimesAsOthersWriteThem() throws {
        let json = String(decoding: Self.encoded(full), as: UTF8.self)
        func time(_ text: String) throws -> Int64 {
            try Self.decoded(json.replacing("2026-09-21T14:13:20.123Z", with: text)).timestampMilliseconds
        }
        #expect(try time("2026-09-21T16:13:20.123456789+02:00") == 1_790_000_000_123)
        #expect(try time("2026-09-20t22:43:20.1-15:30") == 1_790_000_000_100)
        #expect(try time("2026-09-21T14:13:20z") == 1_790_000_000_000)
        for bad in [
            "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-09-21", "2026-09-21T14:13:20",
            "2026-09-21T24:00:00Z",
            "2026-09-21T14:13:20.Z", "2026-09-21T14:13:20Z ", "２026-09-21T14:13:20Z", "",
            "2026-04-31T00:00:00+00:00",
            "0000-01-01T00:00:00+01:00",
        ] {
            #expect(throws: Rejection.self, "\(bad)") { try time(bad) }
        }
    }

    @Test(arguments: [
        "id", "sample_id", "stream", "outcome", "label", "confidence", "calibrated", "topk", "holdout",
        "model",
        "source",
        "duration_us", "ts",
    ])
    func namesWhatIsMissing(member: String) {
        let json = String(decoding: Self.encoded(full), as: UTF8.self)
        let error = #expect(throws: Rejection.self) {
            // The first occurrence is that of the prediction itself.
            let place = json.range(of: "\"\(member)\":")
            _ = try Self.decoded(place.map { json.replacingCharacters(in: $0, with: "\"other\":") } ?? json)
        }
        #expect(error?.code == .json)
        #expect(error?.message == "\(member) is missing")
    }

    @Test func refusesWhatItCannotHold() {
        var prediction = full
        prediction.codes = [Int(Int32.max) + 1]
        #expect(throws: Rejection.self) { try prediction.encodeProtobuf() }
        prediction.codes = nil
        prediction.confidence = .nan
        #expect(String(decoding: Self.encoded(prediction), as: UTF8.self).contains(#""confidence":null"#))
        let large = [UInt8](repeating: 0x20, count: 1 << 20 | 1)
        let json = #expect(throws: Rejection.self) {
            _ = try large.withUnsafeBytes { try Prediction(json: $0) }
        }
        #expect(json?.code == .tooLarge)
        let protobuf = #expect(throws: Rejection.self) {
            _ = try large.withUnsafeBytes { try Prediction(protobuf: $0) }
        }
        #expect(protobuf?.code == .tooLarge)
        let error = #expect(throws: Rejection.self) {
            try Wire.field(1, "a").withUnsafeBytes { try Prediction(protobuf: $0) }
        }
        #expect(error?.message == "model is missing")
    }

    /// What a message says of its outcome besides what its label and its candidate say.
    @Test(
        arguments: [
            (#""outcome":"unknown""#, 2, "outcome is unknown; then there must be a candidate, and no label"),
            (#""outcome":"nothing_learned""#, 3, "no label and no candidate"),
            (#""outcome":"withheld""#, 4, "outcome is "), (#""absent":"unknown""#, 0, "outcome is missing"),
        ] as [(String, UInt64, String)])
    func refusesAContradiction(json: String, number: UInt64, message: String) throws {
        let text = String(decoding: Self.encoded(full), as: UTF8.self)
        let fromJSON = #expect(throws: Rejection.self) {
            try Self.decoded(text.replacing(#""outcome":"answered""#, with: json))
        }
        #expect(fromJSON?.code == .json && fromJSON?.message.contains(message) == true)
        let bytes = try full.encodeProtobuf().dropLast(3) + (number > 0 ? Wire.field(22, varint: number) : [])
        let fromProtobuf = #expect(throws: Rejection.self) {
            try Array(bytes).withUnsafeBytes { try Prediction(protobuf: $0) }
        }
        #expect(fromProtobuf?.code == .protobuf && fromProtobuf?.message.contains(message) == true)
    }

    @Test func refusesACandidateThatIsMissingOrOneTooMany() throws {
        let unknown = String(
            decoding: Self.encoded(ReasonsTests.prediction(label: nil, candidate: "7")), as: UTF8.self)
        for (part, other) in [
            (#""candidate":"7","#, ""), ("unknown", "nothing_learned"), ("unknown", "answered"),
        ] {
            #expect(throws: Rejection.self) { try Self.decoded(unknown.replacing(part, with: other)) }
        }
    }
}
