import Messages
import TestSupport
import Testing

@Suite struct InstructionTests {
    static let examples: [(Instruction, String)] = [
        (
            .unlearn(id: "d-17", features: [0.5, -1, 2.25, 0.001], label: "7", weight: 1),
            #"{"do":"unlearn","id":"d-17","x":[0.5,-1.0,2.25,0.001],"label":"7"}"#
        ),
        (
            .unlearn(id: "é", features: [1, 2, 3, 4], label: "\"\\", weight: 10_000),
            #"{"do":"unlearn","id":"é","x":[1.0,2.0,3.0,4.0],"label":"\"\\","weight":10000}"#
        ),
        (.deleteClass(label: "7"), #"{"do":"delete_class","label":"7"}"#),
        (.renameClass(label: "7", to: "seven"), #"{"do":"rename_class","label":"7","to":"seven"}"#),
        (.mergeClasses(label: "7", into: "1"), #"{"do":"merge_classes","label":"7","into":"1"}"#),
    ]

    let decoder = SampleDecoder(dimension: 4)

    static func encoded(_ instruction: Instruction) -> [UInt8] {
        var bytes: [UInt8] = []
        instruction.encodeJSON(into: &bytes)
        return bytes
    }

    @Test func writesJSONByteForByteAndReadsIt() {
        for (instruction, json) in Self.examples {
            #expect(String(decoding: Self.encoded(instruction), as: UTF8.self) == json)
            #expect(decoder.outcome(json) == .instruction(instruction))
        }
        var json = Array("> ".utf8)
        Instruction.deleteClass(label: "a").encodeJSON(into: &json)
        #expect(String(decoding: json, as: UTF8.self) == #"> {"do":"delete_class","label":"a"}"#)
    }

    @Test func writesProtobufAndReadsIt() throws {
        let unlearn =
            Wire.field(1, "d-17") + Wire.field(2, Wire.floats([0.5, -1, 2.25, 0.001])) + Wire.field(4, "7")
        let wanted = [
            Wire.field(1, unlearn),
            Wire.field(
                1,
                Wire.field(1, "é") + Wire.field(2, Wire.floats([1, 2, 3, 4])) + Wire.field(4, "\"\\")
                    + Wire.field(5, varint: 10_000)),
            Wire.field(2, Wire.field(1, "7")),
            Wire.field(3, Wire.field(1, "7") + Wire.field(2, "seven")),
            Wire.field(4, Wire.field(1, "7") + Wire.field(2, "1")),
        ]
        for ((instruction, _), message) in zip(Self.examples, wanted) {
            // All of it is in one new field, so that what does not know it sees a sample without features.
            let bytes = Wire.field(9, message)
            #expect(try instruction.encodeProtobuf() == bytes)
            #expect(decoder.outcome(protobuf: bytes) == .instruction(instruction))
        }
    }

    @Test func isRefusedByWhoDoesNotKnowTheField() throws {
        for (instruction, _) in Self.examples {
            var bytes = try instruction.encodeProtobuf()
            // A field that this version does not know, as the older one does not know 9.
            bytes[0] = 15 << 3 | 2
            #expect(decoder.outcome(protobuf: bytes).code == .noID)
            #expect(decoder.outcome(protobuf: bytes, ["ce_id": "a"]).code == .noFeatures)
        }
    }

    @Test func readsEveryFormOfASample() {
        let wanted = Outcome.instruction(.unlearn(id: "a", features: [0, 1, 2, 3], label: "7", weight: 3))
        for json in [
            #"{"weight":3.0,"label":7,"x":[0,1,2,3],"id":"a","do":"unlearn"}"#,
            #"{"id":"a","x":{"dtype":"u8","shape":[4],"b64":"AAECAw=="},"\u0064o":"unlearn","label":"7","weight":3}"#,
            #"{"do":"unlearn","id":"a","x":[0,1,2,3],"label":"7","weight":3,"role":null,"to":null,"more":null}"#,
        ] {
            #expect(decoder.outcome(json) == wanted)
        }
        let tensor = Wire.field(3, Wire.tensor(dtype: 4, shape: [2, 2], data: [0, 1, 2, 3]))
        let message = Wire.field(1, "a") + tensor + Wire.field(4, "7") + Wire.field(5, varint: 3)
        #expect(decoder.outcome(protobuf: Wire.field(9, Wire.field(1, message))) == wanted)
        #expect(
            decoder.outcome(#"{"do":"merge_classes","label":-0,"into":12}"#)
                == .instruction(.mergeClasses(label: "0", into: "12")))
    }

    @Test func takesOnlyTheIDFromHeaders() {
        let headers = ["ce_id": "a", "weir_role": "no role", "weir_explain": "perhaps"]
        let unlearn = Outcome.instruction(.unlearn(id: "a", features: [1, 2, 3, 4], label: "7", weight: 1))
        #expect(decoder.outcome(#"{"do":"unlearn","x":[1,2,3,4],"label":"7"}"#, headers) == unlearn)
        #expect(decoder.outcome(#"{"do":"unlearn","id":"a","x":[1,2,3,4],"label":"7"}"#, headers) == unlearn)
        #expect(
            decoder.outcome(#"{"do":"unlearn","id":"b","x":[1,2,3,4],"label":"7"}"#, headers).code
                == .conflict)
        // The event's id is not that of a sample.
        #expect(
            decoder.outcome(#"{"do":"delete_class","label":"7"}"#, headers)
                == .instruction(.deleteClass(label: "7")))
        let message = Wire.field(2, Wire.floats([1, 2, 3, 4])) + Wire.field(4, "7")
        #expect(decoder.outcome(protobuf: Wire.field(9, Wire.field(1, message)), headers) == unlearn)
    }

    @Test func leavesSamplesAlone() {
        let sample = Outcome.sample(Sample(id: "a", features: [1, 2, 3, 4]))
        #expect(decoder.outcome(#"{"do":null,"id":"a","x":[1,2,3,4]}"#) == sample)
        // Members of an instruction are unknown members of a sample, whatever they are.
        #expect(decoder.outcome(#"{"id":"a","x":[1,2,3,4],"to":5.5,"into":[{}],"to":true}"#) == sample)
    }

    @Test func tellsSamplesFromInstructions() throws {
        let sample = SampleRecord.sample(Sample(id: "a", features: [1]))
        #expect(sample.sample == Sample(id: "a", features: [1]) && sample.instruction == nil)
        let instruction = SampleRecord.instruction(.deleteClass(label: "7"))
        #expect(instruction.instruction == .deleteClass(label: "7") && instruction.sample == nil)
    }

    @Test func roundTrips() throws {
        var generator = SplitMix64(seed: 13)
        let texts = ["a", "é", "\"\\/", "😀", "a b", "日本語", "0", "</script>", "\u{2028}", "unlearn"]
        func text() -> String { texts.randomElement(using: &generator) ?? "a" }
        for round in 0..<500 {
            let (label, other) = (text(), text() + "!")
            let instruction: Instruction =
                switch round % 4 {
                case 0:
                    .unlearn(
                        id: text(),
                        features: (0..<4).map { _ in Float.random(in: -1e6...1e6, using: &generator) },
                        label: label, weight: .random(in: Sample.weights, using: &generator))
                case 1: .deleteClass(label: label)
                case 2: .renameClass(label: label, to: other)
                default: .mergeClasses(label: label, into: other)
                }
            let json = Self.encoded(instruction)
            let fromJSON = try #require(decoder.outcome(json).instruction, "seed 13, round \(round)")
            let protobuf = try instruction.encodeProtobuf()
            let fromProtobuf = try #require(decoder.outcome(protobuf: protobuf).instruction)
            for read in [fromJSON, fromProtobuf] {
                #expect(read == instruction, "seed 13, round \(round)")
                #expect(Self.encoded(read) == json, "seed 13, round \(round)")
                #expect(try read.encodeProtobuf() == protobuf, "seed 13, round \(round)")
            }
            #expect(!json.contains { $0 < 0x20 }, "one line")
        }
    }

    @Test func doesNotWriteWhatCannotBeRead() {
        let nan = Instruction.unlearn(id: "a", features: [1, 2, .nan, 4], label: "7", weight: 1)
        #expect(decoder.outcome(Self.encoded(nan)).code == .notFinite)
        let error = #expect(throws: Rejection.self) {
            try Instruction.unlearn(id: "a", features: [1, 2, 3, 4], label: "7", weight: 0).encodeProtobuf()
        }
        #expect(error?.code == .weight)
    }
}
