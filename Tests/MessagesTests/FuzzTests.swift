import Foundation
import Messages
import TestSupport
import Testing

/// Damaged records. The number of rounds is in WEIR_FUZZ_ROUNDS.
@Suite struct FuzzTests {
    static let rounds = ProcessInfo.processInfo.environment["WEIR_FUZZ_ROUNDS"].flatMap(Int.init) ?? 20_000

    static let prediction = Prediction(
        id: "6f9619ff-8b86-5011-b42d-00c04fc964ff", sampleID: "d-17", stream: "digits", label: "sieben é",
        confidence: 0.93, isCalibrated: true,
        topK: [LabelScore(label: "sieben é", confidence: 0.93), LabelScore(label: "\n", confidence: 0.04)],
        codes: [3, 0, 4095], expected: "1", isHoldout: true,
        model: ModelReference(id: "digits-a", revision: 10424, tracesLearned: 10423, hash: "sha256:9f86"),
        source: RecordSource(topic: "t", partition: 3, offset: 99817), durationMicroseconds: 37,
        timestampMilliseconds: 1_790_000_000_123)

    static let unknown = ReasonsTests.prediction(
        label: nil, candidate: "7", distance: 4.5, reasons: ReasonsTests.reasons)

    /// Pieces that are likely to break a reader.
    static let pieces: [[UInt8]] =
        [
            "1e400", "-1e400", "1e-400", "99999999999999999999", "NaN", "null", "true", "\"\"", "{}", "[]",
            "[", "{",
            "}", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\udc00", "\"x\":", "\"id\":\"b\",", "-",
            ".", "e",
            "[[[[[[[[", "{\"a\":{\"a\":", "0", "00", "\"do\":\"unlearn\",", "\"explain\":true,",
            "\"shape\":[-1]", "\"dtype\":\"f16\"", "=", "\u{feff}",
            "é", "\u{0}",
        ].map { Array($0.utf8) } + [
            [0xff], [0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff, 0xff, 0xff, 0xff, 0x0f],
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            [0x12, 0xff, 0xff, 0xff, 0xff, 0x07],
            [0, 0, 0xc0, 0x7f], [0, 0, 0x80, 0x7f], [0x43, 0x43, 0x43], [0x1b], [0x00],
            [UInt8](repeating: 0x5b, count: 2000),
        ]

    static func mutate(_ seed: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            let end = min(bytes.count, place + Int.random(in: 0...9, using: &generator))
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: bytes.removeSubrange(place...)
            case 1: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
            case 2: if place < bytes.count { bytes[place] = .random(in: .min ... .max, using: &generator) }
            case 3: bytes.insert(contentsOf: pieces.randomElement(using: &generator) ?? [], at: place)
            case 4: bytes.replaceSubrange(place..<end, with: pieces.randomElement(using: &generator) ?? [])
            case 5:
                bytes.insert(
                    contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
            default: bytes.removeSubrange(place..<end)
            }
        }
        return bytes
    }

    static let samples: [[UInt8]] =
        [
            #"{"id":"d-17","x":[0.5,-1,2.25,0.001],"label":"7","weight":3,"role":"train","ts":"2026"}"#,
            #"{"id":"d-17","explain":true,"x":[0.5,-1,2.25,0.001]}"#,
            #"{"x":{"dtype":"f32","shape":[2,2],"b64":"AACAPwAAAEAAAEBAAACAQA=="},"id":"d","label":-17}"#,
            #"{"x":{"shape":[4],"b64":"AAECAw==","dtype":"u8"},"more":[{"a":[1,2,{"b":"\u00e9\ud83d\ude00"}]},1e3]}"#,
        ].map { Array($0.utf8) } + [
            hexadecimal("0a04642d313712100000003f000080bf000010406f12833a2201372803300338fbd8c1a28c34"),
            hexadecimal("0a04642d31381a100806120202021a080100ffff0080ff7f"),
            hexadecimal("0a04642d313712100000003f000080bf000010406f12833a2201374001"),
        ]

    static let instructions: [[UInt8]] =
        InstructionTests.examples.map { Array($0.1.utf8) }
        + [
            Array(
                #"{"x":{"dtype":"u8","shape":[4],"b64":"AAECAw=="},"label":7,"weight":2,"id":"d","do":"unlearn"}"#
                    .utf8)
        ]

    @Test(arguments: UInt64(1)...4)
    func instructionsAreSoundOrRefused(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let decoder = SampleDecoder(dimension: 4)
        let protobuf = try InstructionTests.examples.map { try $0.0.encodeProtobuf() }
        var accepted = 0
        for round in 0..<Self.rounds {
            let isJSON = Bool.random(using: &generator)
            let original = (isJSON ? Self.instructions : protobuf).randomElement(using: &generator) ?? []
            let value = Self.mutate(original, &generator)
            let where_ = Comment("seed \(seed), round \(round), value \(base64(value))")
            switch isJSON ? decoder.outcome(value) : decoder.outcome(protobuf: value) {
            case .sample:
                // Only what is no longer an instruction, and then it must have what a sample has.
                try #require(value != original, where_)
            case .instruction(let instruction):
                accepted += 1
                try requireSound(instruction, decoder, where_)
            case .rejected(_, let message):
                try #require(!message.isEmpty && message.utf8.count < 400, where_)
            }
        }
        #expect(accepted > Self.rounds / 50 && accepted < Self.rounds / 2, "\(accepted) of \(Self.rounds)")
    }

    private func requireSound(
        _ instruction: Instruction, _ decoder: SampleDecoder, _ where_: Comment
    ) throws {
        switch instruction {
        case .unlearn(let id, let features, let label, let weight):
            try #require([id, label].allSatisfy(Self.isSound), where_)
            try #require(features.count == 4 && features.allSatisfy(\.isFinite), where_)
            try #require(Sample.weights.contains(weight), where_)
        case .deleteClass(let label): try #require(Self.isSound(label), where_)
        case .renameClass(let label, let other), .mergeClasses(let label, let other):
            try #require([label, other].allSatisfy(Self.isSound) && label != other, where_)
        }
        try #require(
            decoder.outcome(InstructionTests.encoded(instruction)) == .instruction(instruction), where_)
        try #require(
            decoder.outcome(protobuf: try instruction.encodeProtobuf()) == .instruction(instruction), where_)
    }

    /// Whether a name is one that the decoder may let pass.
    static func isSound(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 256
            && name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    @Test(arguments: UInt64(1)...4)
    func samplesAreSoundOrRefused(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let decoder = SampleDecoder(dimension: 4)
        let types = ["application/json", "application/x-protobuf", "text/plain"]
        var accepted = 0
        for round in 0..<Self.rounds {
            let index = Int.random(in: 0..<Self.samples.count, using: &generator)
            let value = Self.mutate(Self.samples[index], &generator)
            var headers = [
                "content-type": Array(
                    (Self.samples[index][0] == UInt8(ascii: "{") ? types[0] : types[1]).utf8)
            ]
            switch Int.random(in: 0..<20, using: &generator) {
            case 0: headers["content-type"] = Array((types.randomElement(using: &generator) ?? "").utf8)
            case 1: headers["content-type"] = Self.mutate(headers["content-type"] ?? [], &generator)
            case 2: headers["ce_id"] = Self.mutate(Array("d-17".utf8), &generator)
            case 3: headers["weir_role"] = Self.mutate(Array("train".utf8), &generator)
            case 4: headers = [:]
            case 5: headers["weir_explain"] = Self.mutate(Array("true".utf8), &generator)
            default: break
            }
            let where_ = Comment("seed \(seed), round \(round), value \(base64(value))")
            switch decoder.outcome(value, headers) {
            case .sample(let sample):
                accepted += 1
                let texts = [sample.id] + (sample.label.map { [$0] } ?? [])
                try #require(texts.allSatisfy(Self.isSound), where_)
                try #require(sample.features.count == 4, where_)
                try #require(sample.features.allSatisfy { $0.isFinite }, where_)
                try #require(Sample.weights.contains(sample.weight), where_)
                var json: [UInt8] = []
                sample.encodeJSON(into: &json)
                try #require(decoder.outcome(json) == .sample(sample), where_)
                try #require(
                    decoder.outcome(protobuf: try sample.encodeProtobuf()) == .sample(sample), where_)
            case .instruction(let instruction):
                try requireSound(instruction, decoder, where_)
            case .rejected(_, let message):
                try #require(!message.isEmpty && message.utf8.count < 400, where_)
            }
        }
        // Some damage is harmless (an unknown member, another digit): if none were, or all, nothing was tested.
        #expect(accepted > Self.rounds / 50 && accepted < Self.rounds / 2, "\(accepted) of \(Self.rounds)")
    }

    @Test(arguments: UInt64(1)...2)
    func outputsAreReadOrRefused(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let predictions = [Self.prediction, Self.unknown]
        let jsons = predictions.map(PredictionTests.encoded)
        let protobufs = try predictions.map { try $0.encodeProtobuf() }
        var metrics: [UInt8] = []
        MetricsMessageTests.message.encodeJSON(into: &metrics)
        var accepted = 0
        for round in 0..<Self.rounds {
            let where_ = Comment("seed \(seed), round \(round)")
            let (json, protobuf) = (jsons[round % 2], protobufs[round % 2])
            if let read = try? Self.mutate(json, &generator).withUnsafeBytes({ try Prediction(json: $0) }) {
                accepted += 1
                var again: [UInt8] = []
                read.encodeJSON(into: &again)
                try #require(try again.withUnsafeBytes { try Prediction(json: $0) } == read, where_)
            }
            if let read = try? Self.mutate(protobuf, &generator).withUnsafeBytes({
                try Prediction(protobuf: $0)
            }) {
                accepted += 1
                let again = try read.encodeProtobuf()
                try #require(try again.withUnsafeBytes { try Prediction(protobuf: $0) } == read, where_)
            }
            if let read = try? Self.mutate(metrics, &generator).withUnsafeBytes({
                try MetricsMessage(json: $0)
            }) {
                accepted += 1
                var again: [UInt8] = []
                read.encodeJSON(into: &again)
                try #require(try again.withUnsafeBytes { try MetricsMessage(json: $0) } == read, where_)
            }
            var headers = DeadLetterTests.letter.headers(keeping: [])
            let index = Int.random(in: 0..<headers.count, using: &generator)
            headers[index].value = headers[index].value.map { Self.mutate($0, &generator) }
            _ = DeadLetter(headers: headers)
        }
        #expect(accepted > Self.rounds / 50, "\(accepted)")
    }
}
