import JSON
import Testing

@Suite("Reading and writing") struct ReaderTests {
    private struct Everything: Codable, Equatable {
        var text = "a/b \"é\" \u{1}\n"
        var numbers: [Double] = [1.5, -0.25, 1e300]
        var truth = true
        var nested: [String: [Int]] = ["b": [1], "a": []]
    }

    @Test func textsOfValues() throws {
        let value = Everything()
        let text = try JSONText.encoded(value)
        #expect(
            text
                == #"{"nested":{"a":[],"b":[1]},"numbers":[1.5,-0.25,1e+300],"text":"a/b \"é\" \u0001\n","truth":true}"#
        )
        #expect(try JSONText.decoded(Everything.self, from: text) == value)
        #expect(try JSONText.encoded(value, isPretty: true).contains("\n  \"truth\" : true"))
        #expect(throws: EncodingError.self) { try JSONText.encoded([Double.nan]) }
        #expect(throws: DecodingError.self) { try JSONText.decoded([Int].self, from: "{}") }
    }

    @Test("What the writer writes, the reader reads, to the bit")
    func roundTrip() throws {
        var writer = JSONWriter()
        let floats: [Float] = [0, -0.0, 1.5, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1]
        writer.object(["floats": floats]) { $0.array($1) { $0.number($1) } }
        var bytes = writer.bytes
        bytes.append(contentsOf: " \n".utf8)
        try bytes.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            try reader.readObject("value") { (reader, name) throws(Rejection) in
                #expect(name == "floats")
                #expect(try reader.readFloats(name).map(\.bitPattern) == floats.map(\.bitPattern))
            }
            try reader.finish()
        }
    }

    @Test(arguments: ["[1e39]", "[\"1\"]", "[null]", "{}", "[1,2"])
    func noFloats(text: String) {
        var text = text
        text.withUTF8 { bytes in
            var reader = JSONReader(UnsafeRawBufferPointer(bytes))
            #expect(throws: Rejection.self) { try reader.readFloats("x") }
        }
    }

    @Test func integersWithZeros() {
        var writer = JSONWriter(bytes: [UInt8(ascii: "<")])
        writer.digits(7, width: 3)
        writer.integer(.min)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "<007-9223372036854775808")
    }
}
