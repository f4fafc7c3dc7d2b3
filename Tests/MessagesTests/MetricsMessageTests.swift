import Messages
import Testing

@Suite struct MetricsMessageTests {
    static let message = MetricsMessage(
        stream: "digits", model: PredictionTests.model, window: MetricsWindow(kind: .last, n: 1000),
        recordCount: 60_000, labelledCount: 52_311,
        metrics: ["kappa_temporal": -0.2, "accuracy": 0.91, "forward_transfer": nil],
        perClass: [
            "8": ClassMetrics(n: 2, recall: nil, peak: nil, now: nil, forgetting: nil, holdoutItems: 0),
            "7": ClassMetrics(
                n: 5230, recall: 0.93, peak: 0.95, now: 0.94, forgetting: 0.01, holdoutItems: 50),
        ],
        absent: ["forward_transfer": "no_future_classes"], timestampMilliseconds: 1_790_000_000_123,
        isFinal: true)

    static func encoded(_ message: MetricsMessage) -> String {
        var bytes: [UInt8] = []
        message.encodeJSON(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func decoded(_ json: String) throws -> MetricsMessage {
        try Array(json.utf8).withUnsafeBytes { try MetricsMessage(json: $0) }
    }

    @Test func writesJSONByteForByte() throws {
        let wanted =
            #"{"stream":"digits","model":{"id":"digits-a","version":10423,"hash":"sha256:9f86"},"#
            + #""window":{"kind":"last","n":1000},"n_records":60000,"n_labelled":52311,"#
            + #""metrics":{"accuracy":0.91,"forward_transfer":null,"kappa_temporal":-0.2},"#
            + #""per_class":{"7":{"n":5230,"recall":0.93,"peak":0.95,"now":0.94,"forgetting":0.01,"holdout_items":50},"#
            + #""8":{"n":2,"recall":null,"peak":null,"now":null,"forgetting":null,"holdout_items":0}},"#
            + #""absent":{"forward_transfer":"no_future_classes"},"final":true,"ts":"2026-09-21T14:13:20.123Z"}"#
        #expect(Self.encoded(Self.message) == wanted)
        #expect(try Self.decoded(wanted) == Self.message)
    }

    @Test func hasNoNumberForWhatIsNotFinite() throws {
        var message = Self.message
        message.metrics = ["a": .nan, "b": .infinity, "c": nil, "d": 1]
        message.absent = ["b": "own_reason"]
        let read = try Self.decoded(Self.encoded(message))
        #expect(read.metrics == ["a": nil, "b": nil, "c": nil, "d": 1])
        #expect(read.absent == ["a": MetricsMessage.notFinite, "b": "own_reason"])
    }

    @Test func sortsKeysByTheirBytes() {
        var message = Self.message
        message.absent = Dictionary(
            uniqueKeysWithValues: ["é", "b", "a", "B", "😀", "\u{ff5e}"].map { ($0, "r") })
        #expect(
            Self.encoded(message).contains(#""absent":{"B":"r","a":"r","b":"r","é":"r","～":"r","😀":"r"}"#))
    }

    @Test func roundTripsDoubles() throws {
        var generator = SeededGenerator(seed: 9)
        for round in 0..<2000 {
            let value = Double(bitPattern: .random(in: .min ... .max, using: &generator))
            guard value.isFinite else { continue }
            var message = Self.message
            message.metrics = ["m": value]
            #expect(try Self.decoded(Self.encoded(message)).metrics == ["m": value], "seed 9, round \(round)")
        }
    }

    @Test func refusesWhatItDoesNotKnow() throws {
        let json = Self.encoded(Self.message)
        for (part, bad) in [
            ("\"last\"", "\"first\""), ("52311", "52311.5"), ("52311", "99999999999999999999"),
            ("0.91", "1e400"),
            ("\"n_labelled\"", "\"other\""), ("true", "1"), ("}", ""),
        ] {
            #expect(throws: Rejection.self, "\(bad)") { try Self.decoded(json.replacing(part, with: bad)) }
        }
    }
}
