import Testing
import YAML

@Suite struct EncoderTests {
    struct Part: Codable, Equatable {
        var size = 60.0
        var small = 1e-7
        var single: Float = 0.1
        var wide = UInt64.max
        var none: Int?
        var on = true
    }

    struct Whole: Codable, Equatable {
        var name = "yes"
        var part = Part()
        var empty: [String: String] = [:]
        var names = ["z": "010", "a.b": "~", "m": "text"]
        var list = [1, -2]
        var nothing: [Int] = []
        var rows = [[1], [], [2, 3]]
        var parts = [Part()]
        var holes: [Int?] = [1, nil]
    }

    @Test func writesPropertiesInTheirOrder() throws {
        let part = "size: 60.0\n  small: 1.0e-07\n  single: 0.1\n  wide: \(UInt64.max)\n  on: true\n"
        #expect(
            try YAMLEncoder().encode(Whole()).yaml()
                == """
                name: "yes"
                part:
                  \(part)empty: {}
                names:
                  a.b: "~"
                  m: text
                  z: "010"
                list:
                - 1
                - -2
                nothing: []
                rows:
                - - 1
                - []
                - - 2
                  - 3
                parts:
                - \(part)holes:
                - 1
                - null

                """.replacing("  \"on\"", with: "  on").replacing("  on: true", with: "  \"on\": true"))
        let text = try YAMLEncoder().encode(Whole()).yaml()
        #expect(try YAMLDecoder().decode(Whole.self, from: YAMLNode(parsing: text)) == Whole())
    }

    @Test func numbersThatAreNotFiniteAreRefused() throws {
        for number in [Double.infinity, -.infinity, .nan] {
            let expected = YAMLError(mark: nil, path: "part.size", message: "must be a finite number")
            #expect(throws: expected) {
                try YAMLEncoder().encode(["x": Whole(part: Part(size: number))]["x"])
            }
        }
    }

    @Test func namesOfDictionariesStayOutOfErrors() throws {
        let expected = YAMLError(mark: nil, path: "*", message: "must be a finite number")
        #expect(throws: expected) { try YAMLEncoder().encode(["hunter2": [Double.nan]]) }
    }

    @Test func rootsOfEveryKind() throws {
        let empty: [String: Int] = [:]
        #expect(try YAMLEncoder().encode(empty).yaml() == "{}\n")
        #expect(try YAMLEncoder().encode([Int]()).yaml() == "[]\n")
        #expect(try YAMLEncoder().encode("a").yaml() == "a\n")
        #expect(try YAMLEncoder().encode("").yaml() == "\"\"\n")
        #expect(try YAMLEncoder().encode(1).yaml() == "1\n")
        #expect(try YAMLEncoder().encode(Int?.none).yaml() == "null\n")
        #expect(YAMLNode(.scalar("", isPlain: true)).yaml() == "null\n")
        #expect(YAMLNode(.scalar("a: b", isPlain: true)).yaml() == "\"a: b\"\n")
    }

    @Test func quotesWhatCouldBeMisread() throws {
        for text in [
            "true", "Yes", "off", "y", "N", "null", "~", "", "1", "010", "0x1F", "1e5", ".5", "-1", "+1",
            "1_000",
            "12:30:45", "2024-01-01", ".inf", ".nan", "<<", "=", "- a", "a: b", "a #b", "@a", "*a", "&a",
            "%a",
            "a:", " a", "a ", "'a'", "[a]", "{a}", "a\nb", "größe", "---", "...", "nan", "Infinity",
        ] {
            #expect(try YAMLEncoder().encode(text).yaml().hasPrefix("\""), "\(text)")
        }
        for text in [
            "a", "localhost:9092,b:1", "/etc/ca.pem", "SASL_SSL", "two words", "a-b_c.d", "null-like",
        ] {
            #expect(try YAMLEncoder().encode(text).yaml() == text + "\n")
        }
        for text in ["1", "-1.5e-07", "true", "2024-01-01", "010", ".5", "-", "- a", "...", "---"] {
            let isPossible = !["-", "- a", "...", "---"].contains(text)
            #expect(
                YAMLNode(.scalar(text, isPlain: true)).yaml() == (isPossible ? text : "\"\(text)\"") + "\n")
        }
    }

    struct Shape: Encodable {
        enum Keys: CodingKey { case list, section, rest }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            var list = container.nestedUnkeyedContainer(forKey: .list)
            try list.encode(1)
            var inner = list.nestedUnkeyedContainer()
            try inner.encode(2)
            try list.encodeNil()
            var last = list.nestedContainer(keyedBy: Keys.self)
            try last.encode(4, forKey: .rest)
            try 8.encode(to: list.superEncoder())
            try list.encode(list.count)
            var section = container.nestedContainer(keyedBy: Keys.self, forKey: .section)
            try section.encode(0, forKey: .rest)
            try section.encode(16, forKey: .rest)
            try section.encodeNil(forKey: .list)
            try 32.encode(to: container.superEncoder(forKey: .rest))
            try 64.encode(to: container.superEncoder())
        }
    }

    @Test func nestedContainersWork() throws {
        let node = try YAMLNode(
            parsing:
                "list: [1, [2], null, {rest: 4}, 8, 5]\nsection: {rest: 16, list: null}\nrest: 32\nsuper: 64")
        #expect(try YAMLEncoder().encode(Shape()).essence == node.essence)
    }

    @Test func largeDictionariesAndListsTakeNoTime() throws {
        let names = Dictionary(uniqueKeysWithValues: (0..<9_000).map { ("name\($0)", $0) })
        let node = try YAMLEncoder().encode(["a": names, "b": [:]])
        let back = try YAMLDecoder().decode(
            [String: [String: Int]].self, from: YAMLNode(parsing: node.yaml()))
        #expect(back["a"] == names)
        #expect(try YAMLEncoder().encode(Array(0..<15_000)).elements().count == 15_000)
    }
}
