import Messages
import TestSupport
import Testing

@Suite struct SampleEncodingTests {
    @Test func roundTrips() throws {
        var generator = SplitMix64(seed: 5)
        let texts = ["a", "é", "e\u{301}", "\"\\/", "😀", "a b", "日本語", "0", "</script>", "\u{2028}"]
        for round in 0..<500 {
            let features = (0..<8).map { _ -> Float in
                let value = Float(bitPattern: .random(in: .min ... .max, using: &generator))
                return value.isFinite ? value : 0
            }
            let sample = Sample(
                id: texts.randomElement(using: &generator) ?? "a", features: features,
                label: Bool.random(using: &generator) ? texts.randomElement(using: &generator) : nil,
                weight: .random(in: Sample.weights, using: &generator),
                role: SampleRole.allCases.randomElement(using: &generator) ?? .auto,
                wantsReasons: .random(using: &generator))
            let decoder = SampleDecoder(dimension: 8)
            var json: [UInt8] = []
            sample.encodeJSON(into: &json)
            let fromJSON = try #require(decoder.outcome(json).sample, "seed 5, round \(round)")
            let protobuf = try sample.encodeProtobuf()
            let fromProtobuf = try #require(decoder.outcome(protobuf: protobuf).sample)
            for read in [fromJSON, fromProtobuf] {
                #expect(read == sample, "seed 5, round \(round)")
                #expect(read.features.map(\.bitPattern) == features.map(\.bitPattern))
                // Swift's equality of strings is canonical equivalence; on the wire it is the bytes.
                #expect(Array(read.id.utf8) == Array(sample.id.utf8))
            }
        }
    }

    @Test func leavesOutDefaultsAndAppends() throws {
        var json = Array("> ".utf8)
        Sample(id: "a", features: [1, 0.1, 1e-5]).encodeJSON(into: &json)
        #expect(String(decoding: json, as: UTF8.self) == #"> {"id":"a","x":[1.0,0.1,1e-05]}"#)
        json.removeAll()
        Sample(id: "a", features: [1], wantsReasons: true).encodeJSON(into: &json)
        #expect(String(decoding: json, as: UTF8.self) == #"{"id":"a","x":[1.0],"explain":true}"#)
        #expect(
            try Sample(id: "a", features: [1], wantsReasons: true).encodeProtobuf()
                == hexadecimal("0a016112040000803f4001"))
        let value = try Sample(id: "d-17", features: [0.5], label: "7", weight: 3, role: .holdout)
            .encodeProtobuf()
        #expect(value == hexadecimal("0a04642d313712040000003f22013728033003"))
    }

    @Test func doesNotWriteWhatCannotBeRead() {
        var json: [UInt8] = []
        Sample(id: "a", features: [.nan]).encodeJSON(into: &json)
        #expect(SampleDecoder(dimension: 1).outcome(json).code == .notFinite)
        #expect(throws: Rejection.self) { try Sample(id: "a", features: [1], weight: -1).encodeProtobuf() }
    }
}
