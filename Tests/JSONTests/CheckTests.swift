import Foundation
import JSON
import Testing

@Suite("Checking texts that cannot be trusted") struct CheckTests {
    private func fault(_ text: String) -> Rejection? {
        var text = text
        return text.withUTF8 { bytes in
            do throws(Rejection) {
                try JSONReader.check(UnsafeRawBufferPointer(bytes))
                return nil
            } catch {
                return error
            }
        }
    }

    @Test(arguments: [
        "null", " 1.5e3 ", #""text""#, "[]", "{}", #"{"a":[1,{"a":null}],"b":{"a":true}}"#,
        #"[{"a":1},{"a":2}]"#, String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
    ])
    func accepts(text: String) {
        #expect(fault(text) == nil)
    }

    @Test(arguments: [
        ("", "a value"), ("[1,]", "a value"), ("{\"a\":1}x", "the end"), ("[NaN]", "a value"),
        (#"{"a":1,"b":2,"a":3}"#, "a name that it had before"),
        (#"{"a":1,"\u0061":3}"#, "a name that it had before"),
        (#"[[{"x":{"a":1,"a":1}}]]"#, "a name that it had before"),
        (String(repeating: "[", count: 65) + String(repeating: "]", count: 65), "deeper than 64"),
        (#"{"a":"\#u{1}"}"#, "control character"),
    ])
    func refuses(text: String, names: String) {
        let fault = fault(text)
        #expect(fault?.code == .json)
        #expect(fault?.message.contains(names) == true, "\(fault?.message ?? "accepted")")
    }

    @Test("Nested 100,000 deep, whole and cut short", arguments: ["[", #"{"a":"#, #"[{"a":"#])
    func deep(opening: String) {
        let deep = String(repeating: opening, count: 100_000)
        #expect(fault(deep)?.message.contains("deeper than 64") == true)
        #expect(throws: Rejection.self) { try JSONText.decoded([Int].self, from: deep) }
    }

    @Test("Every text that is cut short is refused")
    func truncated() {
        let whole = #"{"a":[1.5e3,{"b":"\u00e9é\n"}],"c":[true,false,null,-0]}"#
        let bytes = Array(whole.utf8)
        for length in 0..<bytes.count {
            #expect(throws: Rejection.self, "cut to \(length) bytes") {
                try JSONText.decoded([String: [Int]].self, from: Data(bytes.prefix(length)))
            }
        }
        #expect(fault(whole) == nil)
    }
}
