import Messages
import TestSupport
import Testing

@Suite struct SampleDecoderTests {
    let decoder = SampleDecoder(dimension: 4)
    let features: [Float] = [0.5, -1, 2.25, 0.001]

    @Test func readsTheShortestSample() {
        #expect(
            decoder.outcome(#"{"id":"d-17","x":[0.5,-1,2.25,0.001]}"#)
                == .sample(Sample(id: "d-17", features: features)))
    }

    @Test func readsEveryMember() {
        let json = """
            \t{ "ts" : "2026-10-05T07:08:09Z", "role" : "holdout", "weight" : 3.0, "label" : "sieben \\u00e9\\n" , \r
            "x" : [ 0.5 , -1.0e0 , 225E-2 , 1e-3 ] , "id" : "d-17", "more": {"deep": [[], {}, [{"a": null}], true]} }\n
            """
        // A line feed is a control character, so this label is refused; without it the sample is good.
        #expect(decoder.outcome(json).code == .label)
        let good = decoder.outcome(json.split(separator: "\\n").joined())
        #expect(
            good
                == .sample(
                    Sample(id: "d-17", features: features, label: "sieben é", weight: 3, role: .holdout)))
    }

    @Test(arguments: [
        ("7", "7"), ("-0", "0"), ("0", "0"), ("-12", "-12"), ("\"007\"", "007"),
        ("123456789012345678901234567890", "123456789012345678901234567890"), ("\"\\ud83d\\ude00\"", "😀"),
        ("\"\\\"\\\\\\/\"", "\"\\/"),
    ])
    func makesTextOfLabels(json: String, label: String) {
        #expect(decoder.outcome(#"{"id":"a","x":[1,2,3,4],"label":\#(json)}"#).sample?.label == label)
    }

    @Test func takesNullForAbsent() {
        let json = #"{"id":null,"x":[1,2,3,4],"label":null,"weight":null,"role":null}"#
        #expect(
            decoder.outcome(json, ["ce_id": "e", "weir_role": "train"]).sample
                == Sample(id: "e", features: [1, 2, 3, 4], role: .train))
        #expect(decoder.outcome(json).code == .noID)
        #expect(decoder.outcome(#"{"id":"a","x":null}"#).code == .noFeatures)
    }

    @Test(arguments: [
        "application/json", "Application/JSON", "application/json; charset=utf-8", " application/json ;x",
    ])
    func knowsJSONByItsContentType(type: String) {
        let decoder = SampleDecoder(dimension: 1, defaultFormat: .protobuf)
        #expect(decoder.outcome(#"{"id":"a","x":[1]}"#, ["content-type": type]).sample != nil)
        #expect(decoder.outcome(#"{"id":"a","x":[1]}"#).code == .protobuf)
    }

    @Test(arguments: ["application/x-protobuf", "application/protobuf", "APPLICATION/X-Protobuf;v=1"])
    func knowsProtobufByItsContentType(type: String) {
        let value = hexadecimal(
            "0a04642d313712100000003f000080bf000010406f12833a2201372803300338fbd8c1a28c34")
        let sample = Sample(id: "d-17", features: features, label: "7", weight: 3, role: .holdout)
        #expect(decoder.outcome(protobuf: value, ["content-type": type]) == .sample(sample))
        // A stream whose default is Protocol Buffers needs no header.
        #expect(SampleDecoder(dimension: 4, defaultFormat: .protobuf).outcome(value) == .sample(sample))
    }

    @Test func readsTensorsThatProtocWrote() {
        let value = hexadecimal("0a04642d31381a100806120202021a080100ffff0080ff7f")
        #expect(
            decoder.outcome(protobuf: value)
                == .sample(Sample(id: "d-18", features: [1, -1, -32768, 32767])))
    }

    @Test func readsFloatsThatAreNotPacked() {
        // A list may come in pieces, packed and not.
        var value = Wire.field(1, "a") + Wire.field(2, Wire.floats([1, 2]))
        value += Wire.varint(2 << 3 | 5) + Wire.floats([3])
        value += Wire.field(99, "an unknown field") + Wire.varint(2 << 3 | 5) + Wire.floats([4])
        #expect(decoder.outcome(protobuf: value) == .sample(Sample(id: "a", features: [1, 2, 3, 4])))
    }

    @Test(
        arguments: [
            ("f32", 1, [0, 0, 0x80, 0x3f, 0, 0, 0x00, 0xc0], [1, -2]),
            ("f64", 2, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0x04, 0xc0], [1, -2.5]),
            ("f16", 3, [0x00, 0x3c, 0x01, 0x80], [1, -5.9604645e-08]),
            ("u8", 4, [0, 255], [0, 255]), ("i8", 5, [0x80, 0x7f], [-128, 127]),
            ("i16", 6, [0x00, 0x80, 0xff, 0x7f], [-32768, 32767]),
            ("i32", 7, [0, 0, 0, 0x80, 2, 0, 0, 0], [-2_147_483_648, 2]),
            (
                "i64", 8, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1, 0, 0],
                [-1, 1_099_511_627_776]
            ),
        ] as [(String, UInt64, [UInt8], [Float])])
    func readsEveryElementType(name: String, number: UInt64, data: [UInt8], expected: [Float]) {
        let decoder = SampleDecoder(dimension: 2)
        for shape in ["[2]", "[1,2]", "[2,1,1]"] {
            let json =
                #"{"id":"a","x":{"b64":"\#(base64(data))","shape":\#(shape),"dtype":"\#(name)","k":[1]}}"#
            #expect(decoder.outcome(json) == .sample(Sample(id: "a", features: expected)))
        }
        let value = Wire.field(1, "a") + Wire.field(3, Wire.tensor(dtype: number, shape: [2], data: data))
        #expect(decoder.outcome(protobuf: value) == .sample(Sample(id: "a", features: expected)))
    }

    @Test func readsBase64WithEscapedSlashes() {
        let json = #"{"id":"a","x":{"dtype":"u8","shape":[3],"b64":"\/\/\u002f\/"}}"#
        #expect(
            SampleDecoder(dimension: 3).outcome(json) == .sample(Sample(id: "a", features: [255, 255, 255])))
    }

    @Test func takesIDAndRoleFromHeaders() {
        let headers = ["ce_id": "a", "weir_role": "train", "ce_specversion": "1.0"]
        let sample = Sample(id: "a", features: [1, 2, 3, 4], role: .train)
        #expect(decoder.outcome(#"{"x":[1,2,3,4]}"#, headers) == .sample(sample))
        #expect(decoder.outcome(#"{"id":"a","role":"train","x":[1,2,3,4]}"#, headers) == .sample(sample))
        #expect(decoder.outcome(#"{"id":"b","x":[1,2,3,4]}"#, headers).code == .conflict)
        #expect(decoder.outcome(#"{"role":"auto","x":[1,2,3,4]}"#, headers).code == .conflict)
        let value = Wire.field(2, Wire.floats([1, 2, 3, 4]))
        #expect(decoder.outcome(protobuf: value, headers) == .sample(sample))
        #expect(decoder.outcome(protobuf: value + Wire.field(6, varint: 3), headers).code == .conflict)
        #expect(decoder.outcome(protobuf: value + Wire.field(1, "b"), headers).code == .conflict)
    }

    @Test func readsWhetherReasonsAreWanted() {
        let value = Wire.field(1, "a") + Wire.field(2, Wire.floats([1, 2, 3, 4]))
        func sample(_ wantsReasons: Bool) -> Outcome {
            .sample(Sample(id: "a", features: [1, 2, 3, 4], wantsReasons: wantsReasons))
        }
        for wanted in [true, false] {
            let json = #"{"id":"a","x":[1,2,3,4],"explain":\#(wanted)}"#
            let protobuf = value + Wire.field(8, varint: wanted ? 1 : 0)
            let header = ["weir_explain": "\(wanted)"]
            #expect(decoder.outcome(json) == sample(wanted))
            #expect(decoder.outcome(json, header) == sample(wanted))
            #expect(decoder.outcome(protobuf: protobuf) == sample(wanted))
            #expect(decoder.outcome(protobuf: protobuf, header) == sample(wanted))
            #expect(decoder.outcome(#"{"id":"a","x":[1,2,3,4],"explain":null}"#, header) == sample(wanted))
            #expect(decoder.outcome(protobuf: value, header) == sample(wanted))
            let other = ["weir_explain": "\(!wanted)"]
            #expect(decoder.outcome(json, other).code == .conflict)
            #expect(decoder.outcome(protobuf: protobuf, other).code == .conflict)
        }
        #expect(decoder.outcome(protobuf: value) == sample(false))
    }

    @Test func roundsNumbersToTheNearestFloat() {
        var generator = SplitMix64(seed: 11)
        let decoder = SampleDecoder(dimension: 1)
        func check(_ text: String) {
            let expected = Float(text)!  // The texts are numbers.
            let found = decoder.outcome(#"{"id":"a","x":[\#(text)]}"#)
            if expected.isFinite {
                #expect(found.sample?.features.first?.bitPattern == expected.bitPattern, "\(text)")
            } else {
                #expect(found.code == .notFinite, "\(text)")
            }
        }
        for _ in 0..<20_000 {
            let float = Float(bitPattern: UInt32.random(in: .min ... .max, using: &generator))
            guard float.isFinite else { continue }
            check(float.description)
            check(Double(float).description)
            check(Double.random(in: -1...1, using: &generator).description)
            // Between two floats, and as near to the middle as a double can be.
            let middle = (Double(float) + Double(float.nextUp)) / 2
            guard middle.isFinite else { continue }
            for double in [middle.nextDown, middle, middle.nextUp] { check(double.description) }
            check("\(middle)".contains("e") ? "\(middle)" : "\(middle)00000000000000000000000000000001")
        }
        for text in [
            "3.4028235e38", "3.4028236e38", "3.4028235677973366e38", "1e400", "-1e400", "1e-400", "-1e-400",
            "0e999999999",
            "1e-45", "7e-46", "1.17549435e-38", "1.1754943e-38", "9007199254740993", "18446744073709551616",
            "0.000000000000000000000000000000000000000000001", "16777217",
            "16777217.000000000000000000000000001",
            "1" + String(repeating: "0", count: 38), "1" + String(repeating: "0", count: 39),
            "0." + String(repeating: "0", count: 900) + "1",
            "1" + String(repeating: "0", count: 900) + "e-900",
        ] { check(text) }
    }

    @Test(arguments: [
        "0", "-0", "1.5e+10", "\"\"", "\"\\u0000\"", "\"\u{7f}\u{2028}é😀\"", "[]", "{}", "[ ]", "{ }",
        "[1,[2,[3]]]", #"{"a":{"a":1,"a":2}}"#, "true", "false", "null", #""\b\f\n\r\t\/\"\\""#,
        #""\uD834\uDD1E""#, String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
    ])
    func walksOverWhatItDoesNotKnow(value: String) {
        let outcome = decoder.outcome(
            #"{"id":"a","z":\#(value),"x":[1,2,3,4],"y":[\#(value == "[" ? "" : "1")]}"#)
        #expect(outcome == .sample(Sample(id: "a", features: [1, 2, 3, 4])))
    }

    @Test(arguments: [
        "", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1_0", "tru", "nul", "NaN", "Infinity",
        "-Infinity", "undefined", "'a'", "\"", "\"a", "\"\t\"", "\"\u{1}\"", #""\x""#, #""\u12""#,
        #""\u12g4""#,
        #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{",
        "{1:2}",
        #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1 "b":2}"#, "[}", "{]", "[1}", #"{"a":1]"#, "// no",
        "1 2",
    ])
    func refusesWhatIsNotJSON(value: String) {
        #expect(decoder.outcome(#"{"id":"a","x":[1,2,3,4],"z":\#(value)}"#).code == .json)
        #expect(decoder.outcome(#"{"id":"a","x":[1,2,3,4],"z":\#(value)"#).code == .json)
    }

    @Test func refusesWhatIsNestedTooDeep() {
        let levels = { (open: String, count: Int) in String(repeating: open, count: count) }
        for value in [
            levels("[", 65) + levels("]", 65), levels("[", 513), levels("[", 100_000),
            levels("[", 100_000) + levels("]", 100_000), levels(#"{"a":"#, 100_000),
        ] {
            for json in [#"{"id":"a","z":\#(value)}"#, #"{"id":"a","z":\#(value)"#] {
                let outcome = decoder.outcome(json)
                #expect(outcome.code == .json && outcome.message.contains("64 levels"))
            }
            #expect(decoder.outcome(value).code == .json)
            #expect(decoder.outcome(#"{"id":"a","x":\#(value)}"#).code != nil)
        }
    }

    @Test func refusesNumbersThatAreTooLong() {
        let outcome = decoder.outcome(#"{"id":"a","z":\#(String(repeating: "1", count: 2000))}"#)
        #expect(outcome.code == .json && outcome.message.contains("1024 bytes"))
    }

    @Test func refusesTextThatIsNotUTF8() {
        for bad: [UInt8] in [
            [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf5, 0x80, 0x80, 0x80],
        ] {
            for member in ["id", "label", "z"] {
                let json = Array(#"{"x":[1,2,3,4],"\#(member)":""#.utf8) + bad + Array("\"}".utf8)
                #expect(decoder.outcome(json).code == .json)
            }
            let key = Array("{\"".utf8) + bad + Array(#"":1,"id":"a","x":[1,2,3,4]}"#.utf8)
            #expect(decoder.outcome(key).code == .json)
            #expect(decoder.outcome(protobuf: Wire.field(1, bad)).code == .protobuf)
        }
        #expect(decoder.outcome(Array("\u{feff}{}".utf8)).code == .json)
    }

    @Test func keepsToItsLimits() {
        let limits = SampleLimits(payloadBytes: 200, idBytes: 4, labelBytes: 6)
        let decoder = SampleDecoder(dimension: 1, limits: limits)
        func json(_ id: String, _ label: String) -> String { #"{"id":"\#(id)","x":[1],"label":"\#(label)"}"# }
        #expect(decoder.outcome(json("éé", "ééé")).sample != nil)
        #expect(decoder.outcome(json("ééa", "ééé")).code == .id)
        #expect(decoder.outcome(json("éé", "éééa")).code == .label)
        #expect(decoder.outcome(#"{"x":[1]}"#, ["ce_id": "12345"]).code == .id)
        let short = json("a", "b")
        #expect(decoder.outcome(short + String(repeating: " ", count: 200 - short.utf8.count)).sample != nil)
        #expect(
            decoder.outcome(short + String(repeating: " ", count: 201 - short.utf8.count)).code == .tooLarge)
    }
}
