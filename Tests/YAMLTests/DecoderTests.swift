import Testing
import YAML

@Suite struct DecoderTests {
    enum Start: String, Codable, CaseIterable { case earliest, latest }

    struct Inner: Codable, Equatable {
        var samples = 1_000
        var small: UInt8 = 1
        var start = Start.latest
        var flag = false
    }

    struct Settings: Codable, Equatable {
        var name = "a"
        var part = 0.5
        var single: Float = 0.1
        var seed: UInt64 = 1
        var wide: Int64 = 1
        var keys = Inner()
        var experts: [Start] = [.earliest, .latest]
        var kafka: [String: String] = [:]
        var sizes: [String: UInt8] = [:]
        var rows: [[Int]] = [[1], []]
        var parts: [Inner] = []
        var note: String?
        var choice: Start?
    }

    struct Picky: Codable {
        struct Secret: Error {}
        var port: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            port = try container.decode(Int.self, forKey: .port)
            if port == 1 {
                throw DecodingError.dataCorruptedError(
                    forKey: .port, in: container, debugDescription: "hunter2")
            }
            if port == 2 { throw Secret() }
            if port == 3 {
                throw DecodingError.valueNotFound(
                    Int.self, .init(codingPath: [], debugDescription: "hunter2"))
            }
        }
    }

    struct Holder: Codable { var picky: Picky }

    private func fault<Value: Decodable>(_ type: Value.Type, _ text: String) -> String? {
        do {
            _ = try YAMLDecoder().decode(type, from: YAMLNode(parsing: text))
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// The defaults with the lines of `text` in the place of theirs.
    private func overlaid(_ text: String) throws -> YAMLNode {
        func overlay(_ base: YAMLNode, _ given: YAMLNode) -> YAMLNode {
            guard case .section(var entries) = base.content, case .section(let news) = given.content else {
                return given
            }
            for new in news {
                if let place = entries.firstIndex(where: { $0.name == new.name }) {
                    entries[place].value = overlay(entries[place].value, new.value)
                } else {
                    entries.append(new)
                }
            }
            return YAMLNode(.section(entries), mark: given.mark)
        }
        return overlay(try YAMLEncoder().encode(Settings()), try YAMLNode(parsing: text))
    }

    @Test func readsEveryKind() throws {
        let text = """
            name: 0123
            part: 1
            single: 0.1
            seed: 18446744073709551615
            wide: -9223372036854775808
            keys: {samples: 1e3, small: 0xff, start: earliest, flag: 'yes'}
            experts: [latest]
            kafka:
              sasl.password: 0123
              enable.x: yes
            sizes: {a.b: 7}
            rows: [[1, 2], []]
            parts:
            - {samples: "5", small: 2, start: latest, flag: off}
            note: ~
            choice: latest
            """
        var expected = Settings()
        expected.name = "0123"
        expected.part = 1
        expected.seed = .max
        expected.wide = .min
        expected.keys = Inner(samples: 1_000, small: 255, start: .earliest, flag: true)
        expected.experts = [.latest]
        expected.kafka = ["sasl.password": "0123", "enable.x": "yes"]
        expected.sizes = ["a.b": 7]
        expected.rows = [[1, 2], []]
        expected.parts = [Inner(samples: 5, small: 2, start: .latest, flag: false)]
        expected.choice = .latest
        #expect(try YAMLDecoder().decode(Settings.self, from: YAMLNode(parsing: text)) == expected)
    }

    @Test(arguments: [
        ("keys:\n  samples: many", "line 2, column 12: keys.samples must be a whole number"),
        ("keys:\n  small: 256", "line 2, column 10: keys.small must be a whole number from 0 to 255"),
        ("keys:\n  start: first", "line 2, column 10: keys.start must be one of: earliest, latest"),
        ("keys:\n  start: [latest]", "line 2, column 10: keys.start must be one of: earliest, latest"),
        (
            "keys:\n  start:",
            "line 2, column 9: keys.start has no value; give one, or quote it if it is meant as text"
        ),
        ("keys:\n  flag: 1", "line 2, column 9: keys.flag must be true or false"),
        ("keys: 1", "line 1, column 7: keys must be a section; its settings stand below it, indented"),
        ("experts: [latest, first]", "line 1, column 19: experts must be one of: earliest, latest"),
        ("experts: latest", "line 1, column 10: experts must be a list, such as [a, b]"),
        ("choice: first", "line 1, column 9: choice must be one of: earliest, latest"),
        ("name: [a]", "line 1, column 7: name must be text, not a list"),
        ("part: a", "line 1, column 7: part must be a number"),
        ("part: .inf", "line 1, column 7: part must be a number, and a finite one"),
        ("single: 1e39", "line 1, column 9: single must be a number from -3.4028235e+38 to 3.4028235e+38"),
        ("seed: -1", "line 1, column 7: seed must be a whole number from 0 to 18446744073709551615"),
        (
            "kafka:\n  hunter2:",
            "line 2, column 11: kafka.* has no value; give one, or quote it if it is meant as text"
        ),
        ("sizes: {hunter2: hunter2}", "line 1, column 18: sizes.* must be a whole number from 0 to 255"),
        ("rows: [[1, hunter2]]", "line 1, column 12: rows must be a whole number"),
        ("parts: [{samples: 1}]", "line 1, column 9: parts.small is missing"),
        (
            "parts: [{samples: 1, small: -1}]",
            "line 1, column 29: parts.small must be a whole number from 0 to 255"
        ),
    ])
    func faultsNameTheSetting(text: String, expected: String) throws {
        let node = try overlaid(text)
        #expect(throws: YAMLError.self) { try YAMLDecoder().decode(Settings.self, from: node) }
        do {
            _ = try YAMLDecoder().decode(Settings.self, from: node)
        } catch {
            #expect("\(error)" == expected)
        }
    }

    @Test func sectionsWithoutValueKeepTheirDefaults() throws {
        #expect(try YAMLDecoder().decode([String: String].self, from: YAMLNode(parsing: "")) == [:])
        #expect(
            try YAMLDecoder().decode(Settings.self, from: overlaid("kafka:\nnote:\nchoice: null"))
                == Settings())
        #expect(fault(Settings.self, "a: 1") == "line 1, column 1: name is missing")
        #expect(fault([Int].self, "a: 1") == "line 1, column 1: must be a list, not a section")
        #expect(fault(Int.self, "a") == "line 1, column 1: must be a whole number")
        #expect(fault([Int: Int].self, "x: 1") == "line 1, column 4: * has a value that it cannot have")
        #expect(try YAMLDecoder().decode([Int?].self, from: YAMLNode(parsing: "[1, ~, 3]")) == [1, nil, 3])
    }

    @Test func whatATypeThrowsShowsNoValue() {
        let odd = "has a value that it cannot have"
        #expect(fault(Holder.self, "picky:\n  port: 1") == "line 2, column 9: picky.port \(odd)")
        #expect(fault(Holder.self, "picky:\n  port: 2") == "line 2, column 3: picky \(odd)")
        #expect(fault(Holder.self, "picky:\n  port: 3") == "line 2, column 3: picky \(odd)")
        #expect(fault(Holder.self, "picky:\n  port: 4") == nil)
    }

    struct Shape: Decodable {
        enum Keys: CodingKey { case list, section, rest }
        var sum = 0

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            sum += try list.decode(Int.self)
            var inner = try list.nestedUnkeyedContainer()
            sum += try inner.decode(Int.self)
            if try list.decodeNil() { sum += 100 }
            sum += try list.nestedContainer(keyedBy: Keys.self).decode(Int.self, forKey: .rest)
            sum += try Int(from: list.superDecoder())
            let section = try container.nestedContainer(keyedBy: Keys.self, forKey: .section)
            sum += try section.decode(Int.self, forKey: .rest) + section.allKeys.count
            sum += try Int(from: container.superDecoder(forKey: .rest))
            sum += try Int(from: container.superDecoder())
            if list.isAtEnd { _ = try list.decode(Int.self) }
        }
    }

    @Test func nestedContainersWork() throws {
        let text = "list: [1, [2], ~, {rest: 4}, 8, 9]\nsection: {rest: 16, other: 1}\nrest: 32\nsuper: 64"
        #expect(try YAMLDecoder().decode(Shape.self, from: YAMLNode(parsing: text)).sum == 228)
        #expect(
            fault(Shape.self, text.replacing(", 9]", with: "]"))
                == "line 1, column 7: list has too few values")
    }
}
