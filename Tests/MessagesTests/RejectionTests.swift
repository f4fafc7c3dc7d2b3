import Foundation
import Messages
import Testing

@Suite struct RejectionTests {
    struct Case: CustomTestStringConvertible {
        var code: RejectionCode
        var value: [UInt8]?
        var headers: [String: [UInt8]] = [:]
        /// What the message must name: the place or the cause.
        var names: String
        var testDescription: String { "\(code.rawValue) \(names)" }

        init(_ code: RejectionCode, _ value: [UInt8]?, _ headers: [String: [UInt8]] = [:], names: String) {
            self.code = code
            self.value = value
            self.headers = headers
            self.names = names
        }

        init(_ code: RejectionCode, _ json: String, _ headers: [String: String] = [:], names: String) {
            self.init(code, Array(json.utf8), headers.mapValues { Array($0.utf8) }, names: names)
        }

        init(_ code: RejectionCode, protobuf: [UInt8], names: String) {
            self.init(code, protobuf, ["content-type": Array("application/protobuf".utf8)], names: names)
        }
    }

    static let id = Wire.field(1, "a")
    static let x = Wire.field(2, Wire.floats([1, 2, 3, 4]))
    static func tensor(_ dtype: UInt64, _ shape: [Int64], _ data: [UInt8]) -> [UInt8] {
        id + Wire.field(3, Wire.tensor(dtype: dtype, shape: shape, data: data))
    }
    static func tensor(_ member: String) -> String { #"{"id":"a","x":{\#(member)}}"# }
    static let long = String(repeating: "a", count: 257)

    static let cases: [Case] = [
        Case(.tombstone, nil, names: "tombstone"),
        Case(.empty, [], names: "no bytes"),
        Case(.tooLarge, [UInt8](repeating: 0x20, count: 1 << 20 | 1), names: "1048577"),

        Case(.contentType, "{}", ["content-type": "text/plain"], names: "content-type is none"),
        Case(.contentType, "{}", ["content-type": ""], names: "content-type"),
        Case(.contentType, "{}", ["content-type": "application/json2"], names: "content-type"),
        Case(.contentType, [0x7b], ["content-type": [0xff, 0x00, 0x0a]], names: "content-type"),
        Case(.contentType, "{}", ["content-type": "application/cloudevents+json"], names: "structured mode"),
        Case(
            .contentType, "{}", ["content-type": "Application/CloudEvents-Batch+json; a=b"],
            names: "structured"),

        Case(.json, "[]", names: "an array at byte 0"),
        Case(.json, "7", names: "a number at byte 0"),
        Case(.json, "   ", names: "byte 3"),
        Case(.json, #"{"id":"a","x":[1,2,3,4]"#, names: "byte 23"),
        Case(.json, #"{"id":"a","x":[1,2,3,4]} {}"#, names: "byte 25"),
        Case(.json, #"{"id":"a","x":[1,2,"3",4]}"#, names: "x[2] is a string at byte 19"),
        Case(.json, #"{"id":"a","x":[1,2,3,4],"id":"a"}"#, names: "id comes a second time"),
        Case(.json, #"{"id":"a","x":[1,2,3,4],"\u0078":[1,2,3,4]}"#, names: "x comes a second time"),
        Case(.json, tensor(#""dtype":"u8","dtype":"i8""#), names: "x.dtype comes a second time"),
        Case(.json, [0, 0, 0, 0, 1, 0x7b, 0x7d], names: "registry"),

        Case(.protobuf, protobuf: [0x0a, 0xff], names: "byte 0: field 1"),
        Case(.protobuf, protobuf: x + [0x0a, 0x05, 0x61], names: "byte 18: field 1"),
        Case(.protobuf, protobuf: [0x00], names: "byte 0: no field"),
        Case(
            .protobuf, protobuf: id + [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            names: "byte 3"),
        Case(.protobuf, protobuf: id + Wire.field(2, [1, 2, 3]), names: "byte 3: field 2 is a list"),
        Case(.protobuf, protobuf: Wire.field(1, [0xff, 0xfe]), names: "UTF-8"),
        Case(.protobuf, protobuf: Wire.field(3, [0x1a, 0x7f]), names: "byte 2: field 3 says it is longer"),
        Case(.protobuf, protobuf: [UInt8](repeating: 0xff, count: 40), names: "byte 0"),
        Case(
            .protobuf, protobuf: [UInt8](repeating: 0x43, count: 100_000), names: "groups more than 100 deep"),

        Case(.noID, #"{"x":[1,2,3,4]}"#, names: "ce_id"),
        Case(.noID, protobuf: x, names: "ce_id"),
        Case(.id, #"{"id":7,"x":[1,2,3,4]}"#, names: "id is a number at byte 6"),
        Case(.id, #"{"id":"","x":[1,2,3,4]}"#, names: "id is empty"),
        Case(.id, #"{"id":"a\u0000","x":[1,2,3,4]}"#, names: "U+0"),
        Case(.id, "{\"id\":\"a\u{85}\",\"x\":[1,2,3,4]}", names: "U+85"),
        Case(.id, #"{"id":"\#(long)","x":[1,2,3,4]}"#, names: "257 bytes"),
        Case(.id, #"{"x":[1,2,3,4]}"#, ["ce_id": ""], names: "header ce_id is empty"),
        Case(.id, Array(#"{"x":[1,2,3,4]}"#.utf8), ["ce_id": [0xff]], names: "header ce_id: not UTF-8"),
        Case(.id, protobuf: Wire.field(1, "\u{1b}") + x, names: "U+1B"),

        Case(.noFeatures, #"{"id":"a"}"#, names: "x is missing"),
        Case(.noFeatures, #"{"id":"a","x":[]}"#, names: "x is empty"),
        Case(.noFeatures, #"{"id":"a","x":"1,2"}"#, names: "x is a string at byte 14"),
        Case(.noFeatures, protobuf: id, names: "x is missing"),
        Case(.dimension, #"{"id":"a","x":[1,2,3]}"#, names: "x has 3 features, the stream has 4"),
        Case(.dimension, #"{"id":"a","x":[1,2,3,4,5,6]}"#, names: "x has 6 features"),
        Case(.dimension, tensor(#""dtype":"u8","shape":[3],"b64":"AAEC""#), names: "x.shape has 3 features"),
        Case(.dimension, tensor(#""dtype":"u8","shape":[0],"b64":"""#), names: "x.shape has 0"),
        Case(.dimension, protobuf: id + Wire.field(2, Wire.floats([1])), names: "x has 1"),
        Case(.dimension, protobuf: tensor(4, [5], [1, 2, 3, 4, 5]), names: "tensor.shape has 5"),

        Case(.notFinite, #"{"id":"a","x":[1,1e400,3,4]}"#, names: "x[1]"),
        Case(.notFinite, #"{"id":"a","x":[1,2,-3.5e38,4]}"#, names: "x[2]"),
        Case(.notFinite, #"{"id":"a","x":[1,2,3,NaN]}"#, names: "x[3]"),
        Case(.notFinite, #"{"id":"a","x":[-Infinity,2,3,4]}"#, names: "x[0]"),
        Case(.notFinite, #"{"id":"a","x":[1,2,3,null]}"#, names: "x[3]"),
        Case(.notFinite, protobuf: id + Wire.field(2, Wire.floats([1, 2, .nan, 4])), names: "x[2]"),
        Case(.notFinite, protobuf: id + Wire.field(2, Wire.floats([1, 2, 3, -.infinity])), names: "x[3]"),
        // Two doubles of 1e300, and two of 1.
        Case(
            .notFinite,
            protobuf: tensor(
                2, [4],
                [1, 1e300, 1e300, 1].flatMap { (value: Double) in
                    (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) }
                }), names: "tensor[1]"),

        Case(.dtype, tensor(#""dtype":"float32","shape":[4],"b64":"AAECAw==""#), names: "\"float32\""),
        Case(.dtype, tensor(#""dtype":4,"shape":[4],"b64":"AAECAw==""#), names: "x.dtype is a number"),
        Case(.dtype, tensor(#""shape":[4],"b64":"AAECAw==""#), names: "x.dtype is missing"),
        Case(.dtype, protobuf: tensor(0, [4], [1, 2, 3, 4]), names: "tensor.dtype"),
        Case(.dtype, protobuf: tensor(77, [4], [1, 2, 3, 4]), names: "tensor.dtype"),

        Case(.shape, #"{"id":"a","x":[[1,2],[3,4]]}"#, names: "x[0] is an array at byte 15"),
        Case(.shape, tensor(#""dtype":"u8","b64":"AAECAw==""#), names: "x.shape is missing"),
        Case(.shape, tensor(#""dtype":"u8","shape":4,"b64":"AAECAw==""#), names: "x.shape is a number"),
        Case(.shape, tensor(#""dtype":"u8","shape":["4"],"b64":"AAECAw==""#), names: "x.shape[0]"),
        Case(.shape, tensor(#""dtype":"u8","shape":[4.5],"b64":"AAECAw==""#), names: "x.shape[0]"),
        Case(.shape, tensor(#""dtype":"u8","shape":[4,1e0],"b64":"AAECAw==""#), names: "x.shape[1]"),
        Case(.shape, tensor(#""dtype":"u8","shape":[-4,-1],"b64":"AAECAw==""#), names: "x.shape[0]"),
        Case(.shape, tensor(#""dtype":"u8","shape":[5],"b64":"AAECAw==""#), names: "the data has 4 bytes"),
        Case(.shape, tensor(#""dtype":"f64","shape":[4],"b64":"AAECAw==""#), names: "4 numbers of 8 bytes"),
        Case(.shape, tensor(#""dtype":"u8","shape":[1,1,1,1,1,1,1,1,4],"b64":"AAECAw==""#), names: "axes"),
        Case(
            .shape, tensor(#""dtype":"u8","shape":[4294967296,4294967296],"b64":"AAECAw==""#),
            names: "x.shape[1]"),
        Case(.shape, tensor(#""dtype":"i64","shape":[2305843009213693952],"b64":"""#), names: "0 bytes"),
        Case(.shape, tensor(#""dtype":"u8","shape":[99999999999999999999],"b64":"""#), names: "x.shape[0]"),
        Case(.shape, protobuf: tensor(4, [.min], [1]), names: "tensor.shape[0]"),
        Case(.shape, protobuf: tensor(4, [.max, .max], [1]), names: "tensor.shape[1]"),
        Case(.shape, protobuf: tensor(8, [.max], [1]), names: "1 bytes"),
        Case(.shape, protobuf: tensor(4, [Int64](repeating: 1, count: 9), [1]), names: "9 axes"),

        Case(.base64, tensor(#""dtype":"u8","shape":[4]"#), names: "x.b64 is missing"),
        Case(.base64, tensor(#""dtype":"u8","shape":[4],"b64":[0]"#), names: "x.b64 is an array"),
        Case(.base64, tensor(#""dtype":"u8","shape":[4],"b64":"AAECAw""#), names: "6 characters"),
        Case(.base64, tensor(#""dtype":"u8","shape":[4],"b64":"AA_CAw==""#), names: "character 2"),
        Case(.base64, tensor(#""dtype":"u8","shape":[4],"b64":"AAEé""#), names: "x.b64"),
        Case(.base64, tensor(#""dtype":"u8","shape":[4],"b64":"A===""#), names: "x.b64"),
        Case(.base64, tensor(#""dtype":"u8","shape":[4],"b64":"AAECAx==""#), names: "bits"),
        Case(.base64, tensor(#""dtype":"u8","shape":[4],"b64":"====""#), names: "x.b64"),

        Case(.label, #"{"id":"a","x":[1,2,3,4],"label":true}"#, names: "label is a boolean at byte 32"),
        Case(.label, #"{"id":"a","x":[1,2,3,4],"label":7.0}"#, names: "fraction"),
        Case(.label, #"{"id":"a","x":[1,2,3,4],"label":7e1}"#, names: "exponent"),
        Case(.label, #"{"id":"a","x":[1,2,3,4],"label":["7"]}"#, names: "label is an array"),
        Case(.label, #"{"id":"a","x":[1,2,3,4],"label":""}"#, names: "label is empty"),
        Case(.label, #"{"id":"a","x":[1,2,3,4],"label":"a\tb"}"#, names: "U+9"),
        Case(.label, #"{"id":"a","x":[1,2,3,4],"label":"\#(long)"}"#, names: "257 bytes"),
        Case(
            .label, #"{"id":"a","x":[1,2,3,4],"label":\#(String(repeating: "1", count: 257))}"#,
            names: "257 bytes"),
        Case(.label, protobuf: id + x + Wire.field(4, ""), names: "label is empty"),

        Case(.weight, #"{"id":"a","x":[1,2,3,4],"weight":0}"#, names: "1 to 10000"),
        Case(.weight, #"{"id":"a","x":[1,2,3,4],"weight":-1}"#, names: "1 to 10000"),
        Case(.weight, #"{"id":"a","x":[1,2,3,4],"weight":10001}"#, names: "1 to 10000"),
        Case(.weight, #"{"id":"a","x":[1,2,3,4],"weight":1.5}"#, names: "whole"),
        Case(.weight, #"{"id":"a","x":[1,2,3,4],"weight":1e400}"#, names: "whole"),
        Case(.weight, #"{"id":"a","x":[1,2,3,4],"weight":"1"}"#, names: "not a number at byte 33"),
        Case(.weight, protobuf: id + x + Wire.field(5, varint: 0), names: "1 to 10000"),
        Case(.weight, protobuf: id + x + Wire.field(5, varint: 4_294_967_295), names: "1 to 10000"),

        Case(.role, #"{"id":"a","x":[1,2,3,4],"role":"test"}"#, names: "role is none of"),
        Case(.role, #"{"id":"a","x":[1,2,3,4],"role":1}"#, names: "role is a number"),
        Case(.role, #"{"id":"a","x":[1,2,3,4]}"#, ["weir_role": "Train"], names: "header weir_role"),
        Case(.role, protobuf: id + x + Wire.field(6, varint: 9), names: "9"),

        Case(
            .explain, #"{"id":"a","x":[1,2,3,4],"explain":"true"}"#, names: "explain is a string at byte 34"),
        Case(.explain, #"{"id":"a","x":[1,2,3,4],"explain":1}"#, names: "explain is a number"),
        Case(.explain, #"{"id":"a","x":[1,2,3,4]}"#, ["weir_explain": "1"], names: "weir_explain is neither"),
        Case(.explain, #"{"id":"a","x":[1,2,3,4]}"#, ["weir_explain": "True"], names: "true nor false"),
        Case(
            .json, #"{"id":"a","x":[1,2,3,4],"explain":true,"explain":true}"#, names: "explain comes a second"
        ),

        Case(.conflict, #"{"id":"a","x":[1,2,3,4]}"#, ["ce_id": "b"], names: "header ce_id"),
        Case(
            .conflict, #"{"id":"a","x":[1,2,3,4],"explain":false}"#, ["weir_explain": "true"],
            names: "weir_explain"),
        Case(
            .conflict, #"{"id":"a","x":[1,2,3,4],"role":"train"}"#, ["weir_role": "auto"], names: "weir_role"),
        Case(.conflict, protobuf: tensor(4, [4], [1, 2, 3, 4]) + x, names: "x and tensor"),
    ]

    static func unlearn(_ fields: [UInt8]) -> [UInt8] { Wire.field(9, Wire.field(1, fields)) }
    static let label = Wire.field(4, "7")

    static let instructions: [Case] = [
        Case(
            .instruction, #"{"do":"learn","id":"a","x":[1,2,3,4]}"#,
            names: "do is none of unlearn"),
        Case(.instruction, #"{"id":"a","x":[1,2,3,4],"do":""}"#, names: "delete_class"),
        Case(.instruction, #"{"do":["unlearn"]}"#, names: "do is an array at byte 6"),
        Case(
            .instruction, #"{"do":"delete_class"}"#,
            names: "label is missing; the members of delete_class are do, label"),
        Case(
            .instruction, #"{"do":"delete_class","label":"7","Label":"8"}"#,
            names: "\"Label\" does not belong"),
        Case(.instruction, #"{"do":"delete_class","label":"7","id":"a"}"#, names: "\"id\" does not belong"),
        Case(.instruction, #"{"do":"delete_class","label":"7","role":"no role"}"#, names: "\"role\""),
        Case(.instruction, #"{"do":"delete_class","label":"7","explain":true}"#, names: "\"explain\""),
        Case(.instruction, #"{"do":"rename_class","label":"7","into":"8"}"#, names: "do, label, to"),
        Case(.instruction, #"{"do":"rename_class","label":"7","to":null}"#, names: "to is missing"),
        Case(.instruction, #"{"do":"rename_class","label":"7","to":7}"#, names: "to is the label itself"),
        Case(.instruction, #"{"do":"merge_classes","label":"7","to":"8","into":"8"}"#, names: "\"to\""),
        Case(
            .instruction, #"{"do":"merge_classes","label":"7","into":"7"}"#, names: "into is the label itself"
        ),
        Case(.instruction, #"{"do":"merge_classes","into":"7"}"#, names: "label is missing"),
        Case(.instruction, #"{"do":"unlearn","x":[1,2,3,4],"label":"7"}"#, names: "id is missing"),
        Case(.instruction, #"{"do":"unlearn","id":"a","label":"7"}"#, names: "x is missing"),
        Case(.instruction, #"{"do":"unlearn","id":"a","x":[1,2,3,4]}"#, names: "do, id, x, label, weight"),
        Case(.json, #"{"do":"delete_class","do":"unlearn"}"#, names: "do comes a second time"),
        Case(.json, #"{"do":null,"do":"unlearn"}"#, names: "do comes a second time"),
        Case(.json, #"{"do":"delete_class","label":"7","label":"8"}"#, names: "label comes a second time"),
        Case(.json, #"{"do":"delete_class","label":"7"}}"#, names: "byte 33"),
        Case(.json, #"{"do":"delete_class","label":"7""#, names: "byte 32"),
        Case(.id, #"{"do":"unlearn","id":7,"x":[1,2,3,4],"label":"7"}"#, names: "id is a number"),
        Case(.id, #"{"do":"unlearn","id":"","x":[1,2,3,4],"label":"7"}"#, names: "id is empty"),
        Case(.dimension, #"{"do":"unlearn","id":"a","x":[1,2,3],"label":"7"}"#, names: "x has 3 features"),
        Case(
            .label, #"{"do":"rename_class","label":"7","to":"a\n"}"#,
            names: "to has the control character U+A"),
        Case(.label, #"{"do":"rename_class","label":"7","to":"\#(long)"}"#, names: "to has 257 bytes"),
        Case(
            .label, #"{"do":"merge_classes","label":"7","into":1.5}"#,
            names: "into is a number with a fraction"),
        Case(.label, #"{"do":"merge_classes","label":"7","into":true}"#, names: "into is a boolean"),
        Case(
            .weight, #"{"do":"unlearn","id":"a","x":[1,2,3,4],"label":"7","weight":0}"#, names: "1 to 10000"),

        Case(.instruction, protobuf: Wire.field(9, ""), names: "no kind"),
        Case(
            .instruction, protobuf: Wire.field(9, Wire.field(5, "a kind of a later version")),
            names: "no kind"),
        Case(.instruction, protobuf: unlearn(id + x + label) + x, names: "beside other fields"),
        Case(.instruction, protobuf: id + unlearn(id + x + label), names: "beside other fields"),
        Case(.instruction, protobuf: unlearn(id + x + label) + Wire.field(8, varint: 0), names: "beside"),
        Case(.instruction, protobuf: unlearn(id + x), names: "label is missing"),
        Case(.instruction, protobuf: unlearn(id + label), names: "x is missing"),
        Case(.instruction, protobuf: unlearn(x + label), names: "id is missing"),
        Case(.instruction, protobuf: Wire.field(9, Wire.field(2, "")), names: "label is missing"),
        Case(
            .instruction, protobuf: Wire.field(9, Wire.field(3, Wire.field(1, "7"))), names: "to is missing"),
        Case(
            .instruction, protobuf: Wire.field(9, Wire.field(4, Wire.field(1, "7") + Wire.field(2, "7"))),
            names: "into is the label itself"),
        Case(
            .label, protobuf: Wire.field(9, Wire.field(3, Wire.field(1, "7") + Wire.field(2, "\n"))),
            names: "to has"),
        Case(.weight, protobuf: unlearn(id + x + label + Wire.field(5, varint: 0)), names: "1 to 10000"),
        Case(.protobuf, protobuf: Wire.field(9, Wire.field(1, [0x0a, 0x7f])), names: "byte 4: field 1"),
        Case(
            .conflict,
            protobuf: unlearn(
                id + x + label + Wire.field(3, Wire.tensor(dtype: 4, shape: [4], data: [1, 2, 3, 4]))),
            names: "x and tensor"),
    ]

    @Test(arguments: cases + instructions)
    func refuses(_ wanted: Case) {
        let outcome = SampleDecoder(dimension: 4).outcome(wanted.value, wanted.headers)
        #expect(outcome.code == wanted.code, "\(outcome)")
        #expect(outcome.message.contains(wanted.names), "\(outcome.message)")
        #expect(outcome.message.utf8.count < 400)
    }

    @Test func everyCodeIsReached() {
        // The limits of classes and sums and what was learned are the learner's, the codes of frames another decoder's,
        // and what a network gives is the stage's.
        #expect(
            Set((Self.cases + Self.instructions).map(\.code))
                == Set(RejectionCode.allCases).subtracting([
                    .classLimit, .full, .notLearned, .noSession, .session, .sequence, .frames, .output,
                ]))
    }

    @Test func everyCodeIsInTheSchema() throws {
        let properties = try schema("dead-letter-headers")["properties"] as? [String: [String: Any]]
        let codes = properties?["weir_error_code"]?["enum"] as? [String]
        #expect(codes == RejectionCode.allCases.map(\.rawValue))
    }

    @Test func messagesKeepForeignTextShortAndPrintable() {
        let hostile = String(repeating: "\u{1b}[31m\n", count: 1000)
        let outcome = SampleDecoder(dimension: 4).outcome("{}", ["content-type": hostile])
        #expect(outcome.code == .contentType)
        #expect(outcome.message.utf8.count < 300)
        #expect(outcome.message.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }

    @Test func messagesDoNotRepeatThePayload() {
        let secret = "Erika Mustermann"
        for json in [
            #"{"id":"\#(secret)","x":[1]}"#, #"{"id":"\#(secret)\u0000","x":[1,2,3,4]}"#,
            #"{"id":"a","label":"\#(secret)\n","x":[1,2,3,4]}"#, #"{"id":"\#(secret)"#,
            #"{"do":"rename_class","label":"\#(secret)","to":"\#(secret)"}"#,
            #"{"do":"rename_class","label":"\#(secret)","to":"\#(secret)\u0000"}"#,
            #"{"do":"merge_classes","label":"\#(secret)","other":"\#(secret)"}"#,
        ] {
            let outcome = SampleDecoder(dimension: 4).outcome(json, ["ce_id": secret + "!"])
            #expect(outcome.code != nil)
            #expect(!outcome.message.contains("Erika"))
        }
    }
}
