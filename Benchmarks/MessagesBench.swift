import Arguments
import Foundation
import Messages

/// Records to samples and predictions to records, alone on one core.
struct MessagesBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "messages",
        abstract: "Nanoseconds to read a sample, with all checks, and to write a prediction; one core.",
        discussion: """
            Samples have an id of 20 characters and a label; their features go to the memory of a batch, as in the
            service. Predictions have three classes; with reasons they have 5 prototypes, 5 codebooks on each side and
            4 experts. Medians of 200 rounds.

              weir-bench messages
            """)

    @Flag(help: "Print JSON.") var json = false

    private struct Figure: Encodable {
        let what: String
        let format: String
        let bytes: Int
        let nanoseconds: Double
    }

    func run() throws {
        var figures: [Figure] = []
        for dimension in [64, 384] {
            let features = (0..<dimension).map { Float($0) * 0.37 - 11 }
            let sample = Sample(id: "sample-0000000001234", features: features, label: "7")
            let decoder = SampleDecoder(dimension: dimension)
            var text: [UInt8] = []
            sample.encodeJSON(into: &text)
            for (format, value) in [("protobuf", try sample.encodeProtobuf()), ("json", text)] {
                let header = Array("application/x-\(format)".utf8)
                let type = format == "json" ? nil : header
                var vectors: [Float] = []
                vectors.reserveCapacity(dimension * Self.calls)
                figures.append(
                    try figure("decode Sample of \(dimension) floats", format, value.count) {
                        try value.withUnsafeBytes { value in
                            for _ in 0..<Self.calls {
                                _ = try decoder.decode(
                                    value: value, header: { $0 == "content-type" ? type : nil },
                                    into: &vectors)
                            }
                        }
                        vectors.removeAll(keepingCapacity: true)
                    })
            }
            figures.append(
                try figure(
                    "encode Sample of \(dimension) floats", "protobuf", try sample.encodeProtobuf().count
                ) { for _ in 0..<Self.calls { _ = try sample.encodeProtobuf() } })
        }
        for (what, prediction) in [
            ("encode Prediction with 3 classes", Self.prediction(reasons: nil)),
            ("encode Prediction with reasons", Self.prediction(reasons: Self.reasons)),
        ] {
            figures.append(
                try figure(what, "protobuf", try prediction.encodeProtobuf().count) {
                    for _ in 0..<Self.calls { _ = try prediction.encodeProtobuf() }
                })
            var text: [UInt8] = []
            prediction.encodeJSON(into: &text)
            let count = text.count
            figures.append(
                figure(what, "json", count) {
                    for _ in 0..<Self.calls {
                        text.removeAll(keepingCapacity: true)
                        prediction.encodeJSON(into: &text)
                    }
                })
        }
        guard !json else {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            return try StandardOutput.line(String(decoding: try encoder.encode(figures), as: UTF8.self))
        }
        for figure in figures {
            try StandardOutput.line(
                "\(figure.what), \(figure.format)".padding(toLength: 50, withPad: " ", startingAt: 0)
                    + String(format: "%6d bytes %8.0f ns", figure.bytes, figure.nanoseconds))
        }
    }

    private static let calls = 500

    private func figure(
        _ what: String, _ format: String, _ bytes: Int, _ round: () throws -> Void
    ) rethrows -> Figure {
        var times: [Double] = []
        for _ in 0..<200 {
            let start = ContinuousClock.now
            try round()
            times.append(start.duration(to: .now) / .nanoseconds(1) / Double(Self.calls))
        }
        return Figure(what: what, format: format, bytes: bytes, nanoseconds: times.sorted()[100])
    }

    private static let source = RecordSource(topic: "weir.digits.samples", partition: 3, offset: 99_817)

    private static func prediction(reasons: Reasons?) -> Prediction {
        Prediction(
            id: "6f9619ff-8b86-5011-b42d-00c04fc964ff", sampleID: "sample-0000000001234", stream: "digits",
            label: "7", confidence: 0.93, isCalibrated: true,
            topK: [("7", 0.93), ("1", 0.04), ("9", 0.01)].map { LabelScore(label: $0, confidence: $1) },
            expected: "7",
            model: ModelReference(
                id: "digits", revision: 10_424, tracesLearned: 10_423,
                hash: "sha256:" + String(repeating: "9f86", count: 16)),
            source: source, durationMicroseconds: 370, timestampMilliseconds: 1_790_000_000_123,
            distance: -0.25, reasons: reasons)
    }

    private static let reasons = Reasons(
        margin: 3.1, second: "1",
        prototypes: (0..<5).map {
            PrototypeReason(
                sampleID: "sample-000000000\($0)", label: "7", similarity: 0.875, source: source)
        },
        codebooksFor: (0..<5).map { CodebookReason(codebook: $0 * 17, key: $0 * 301, logOdds: 2.5) },
        codebooksAgainst: (0..<5).map { CodebookReason(codebook: $0 * 11, key: $0 * 77, logOdds: -1.5) },
        experts: ["counts", "means", "covariance", "ridge"].map {
            ExpertView(name: $0, weight: 0.25, label: "7", confidence: 0.9)
        })
}
