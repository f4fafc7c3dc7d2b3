import Testing
import YAML

@Suite struct AccessTests {
    private func node(_ text: String) -> YAMLNode {
        YAMLNode(.scalar(text, isPlain: true), mark: YAMLMark(line: 4, column: 9))
    }

    private func message(_ body: () throws -> some Any) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? YAMLError)?.message ?? "?"
        }
    }

    @Test func textsStayAsWritten() throws {
        for text in ["010", "yes", "12:30:45", "2024-01-01", "1e400", "0x1F", " "] {
            #expect(try node(text).text() == text)
        }
    }

    @Test func booleansHaveThreeSpellings() throws {
        for text in ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"] {
            #expect(try node(text).boolean())
        }
        for text in ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"] {
            #expect(try !node(text).boolean())
        }
        for text in ["tRUE", "1", "0", "y", "n", "t", "oui", " true"] {
            #expect(message { try node(text).boolean() } == "must be true or false")
        }
        #expect(try YAMLNode(.scalar("true", isPlain: false)).boolean())
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("+7", 7), ("-7", -7), ("1_000", 1_000), ("0x1F", 31),
            ("0x_1", nil),
            ("0o10", 8), ("0b11", 3), ("-0x10", -16), ("0xff_ff", 65_535), ("1e5", 100_000), ("1E5", 100_000),
            ("1e+5", 100_000), ("100000.0", 100_000), ("1.5e1", 15), ("1.50e1", 15), ("10e-1", 1), ("1.", 1),
            ("0e99999999999", 0),
            ("0.0", 0), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9223372036854775807.0", .max), ("9007199254740993.0", 9_007_199_254_740_993),
            ("922337203685477580.7e1", .max),
        ] as [(String, Int?)])
    func readsIntegers(text: String, expected: Int?) {
        #expect((try? node(text).integer()) == expected)
    }

    @Test(arguments: [
        "", "~", "a", "1.5", "1e-1", "5e-2", "1e-99999999999", "0x", "0b12", "0o8", "0xg", "_1", "1_", "1__0",
        "1 ", " 1", "1e", "1e+", ".", "-", "+-1",
        "1,000", "12:30", "0X1", "1e5e5", "1.2.3", "٣", "１", ".inf", ".nan", "010", "-010", "0123", "00",
        "0_1",
        "9223372036854775808", "-9223372036854775809", "1e19", "1e99999999999", "0xffffffffffffffff",
        "9223372036854775807.5", "inf", "nan", "0x1p3",
    ])
    func refusesOtherIntegers(text: String) {
        #expect((try? node(text).integer()) == nil)
        #expect(
            message { try node(text).integer() }?.contains("must be") == true || text.isEmpty || text == "~")
    }

    @Test func integersOfAllWidthsHaveTheirRange() throws {
        #expect(try node("255").integer(UInt8.self) == 255)
        #expect(message { try node("256").integer(UInt8.self) } == "must be a whole number from 0 to 255")
        #expect(message { try node("-1").integer(UInt8.self) } == "must be a whole number from 0 to 255")
        #expect(message { try node("a").integer(UInt8.self) } == "must be a whole number from 0 to 255")
        #expect(try node("-128").integer(Int8.self) == -128)
        #expect(message { try node("-129").integer(Int8.self) } == "must be a whole number from -128 to 127")
        #expect(try node("18446744073709551615").integer(UInt64.self) == .max)
        #expect(try node("-170141183460469231731687303715884105728").integer(Int128.self) == .min)
        #expect(try node("3e38").integer(UInt128.self) == 300_000_000_000_000_000_000_000_000_000_000_000_000)
        #expect(
            message { try node("-1").integer(UInt64.self) }
                == "must be a whole number from 0 to 18446744073709551615")
        #expect(message { try node("x").integer() } == "must be a whole number")
    }

    @Test(
        arguments: [
            ("0", 0), ("-1", -1), ("1.5", 1.5), (".5", 0.5), ("5.", 5), ("1e-7", 1e-7), ("1_000.5", 1_000.5),
            ("0x10", 16), ("0b1", 1), ("1.7976931348623157e308", .greatestFiniteMagnitude),
            ("5e-324", .leastNonzeroMagnitude), ("0.1", 0.1),
            ("123456789012345678901234567890", 1.2345678901234568e29),
            ("0e999", 0), ("0.5", 0.5), ("00.5", nil), ("010", nil), (".inf", nil), ("-.INF", nil),
            (".nan", nil), ("1e400", nil),
            ("-1e400", nil), ("1e-400", nil), ("nan", nil), ("inf", nil), ("a", nil), ("", nil), ("1 2", nil),
            ("0x1.8p3", nil), ("1,5", nil),
        ] as [(String, Double?)])
    func readsNumbers(text: String, expected: Double?) {
        #expect((try? node(text).number()) == expected)
    }

    @Test func minusZeroIsKept() throws {
        #expect(try node("-0.0").number().sign == .minus)
    }

    @Test func reasonsAreSaid() {
        let zeros =
            "; zeros in front make it octal for some readers: leave them out, write 0o before octal digits, or quote it where a text is meant"
        #expect(message { try node("010").integer() } == "must be a whole number\(zeros)")
        #expect(message { try node("010").number() } == "must be a number\(zeros)")
        #expect(message { try node(".inf").number() } == "must be a number, and a finite one")
        #expect(message { try node("1e400").number() } == "must be a number, and a finite one")
        #expect(
            message { try node("1e-400").number() }
                == "must be a number; this one is so near to 0 that it would become 0")
    }

    @Test(arguments: ["", "~", "null", "Null", "NULL"]) func noValue(text: String) throws {
        let missing = "has no value; give one, or quote it if it is meant as text"
        #expect(node(text).isNull)
        #expect(message { try node(text).text() } == missing)
        #expect(message { try node(text).boolean() } == missing)
        #expect(message { try node(text).integer() } == missing)
        #expect(message { try node(text).number() } == missing)
        #expect(message { try node(text).elements() } == "has no value; an empty list is written []")
        #expect(try node(text).entries() == [])
        #expect(try YAMLNode(.scalar(text, isPlain: false)).text() == text)
    }

    @Test func kindsAreTold() throws {
        let list = YAMLNode(.list([]), mark: YAMLMark(line: 1, column: 2))
        let section = YAMLNode(.section([]))
        #expect(message { try list.text() } == "must be text, not a list")
        #expect(message { try section.boolean() } == "must be true or false, not a section")
        #expect(message { try section.integer() } == "must be a whole number, not a section")
        #expect(message { try list.number() } == "must be a number, not a list")
        #expect(message { try list.entries() } == "must be a section, not a list")
        #expect(message { try section.elements() } == "must be a list, not a section")
        #expect(message { try node("a").elements() } == "must be a list, such as [a, b]")
        #expect(
            message { try node("a").entries() } == "must be a section; its settings stand below it, indented")
        #expect(throws: YAMLError(mark: YAMLMark(line: 1, column: 2), message: "must be text, not a list")) {
            try list.text()
        }
        #expect("\(YAMLError(mark: nil, path: "a.b", message: "is missing"))" == "a.b is missing")
        #expect(section["a"] == nil && list["a"] == nil)
    }
}
