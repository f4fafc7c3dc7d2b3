import Foundation
import Testing
import YAML

@Suite(.serialized) struct LimitTests {
    private static let units = [
        "[", "{", "- ", "? ", "a: ", "&a", "&a ", "*a", "*a ", "!", "! ", "\"", "'", "|", "|\n", ">", "[?",
        "{?", "[a: ",
        "{a: ", "[\n", "{\n", "[\n ", "a,", "\n", "\r", " ", "\t", "#", "#\n", "a", "a ", "a\n", "a\n\n",
        "- a\n", "---\n",
        "...\n", "%", "%YAML 1.1\n", "%TAG ! x\n", "%X\n", "]", "}", ": ", ":", "?", "-", "<", ",", "[,", "`",
        "@", "\u{0}",
        "%41", "- - \n", "\u{2028}", "a\u{2028}", "[]: 1\n", "? []\n", "?\n", "\\", "\u{feff}", "😀", "é", "1",
        "a:\n", "\r\n",
    ]

    private static let starts = [
        "", "[", "{", "\"", "'", "|\n ", ">\n ", "!<", "a: ", "- ", "? ", "a\n...\n", "# ",
    ]

    /// How long the slowest takes is printed; a quadratic one would take seconds each, and this test minutes.
    @Test func aMebibyteOfAnythingEnds() throws {
        var slowest = (Duration.zero, "")
        // All of them take half a minute.
        let isLong = ProcessInfo.processInfo.environment["YAML_LONG"] != nil
        for start in isLong ? Self.starts : ["", "[", "\""] {
            for unit in Self.units {
                let count = ((1 << 20) - start.utf8.count) / unit.utf8.count
                let text = Array((start + String(repeating: unit, count: count)).utf8)
                let time = ContinuousClock().measure { _ = fault(text) }
                if time > slowest.0 { slowest = (time, (start + " and many " + unit).debugDescription) }
            }
        }
        let directives = (0..<70_000).map { "%TAG !\($0)! x\n" }.joined()
        for start in ["", "%YAML 1.1\n", "# x\n", "a\n...\n", "--- a\n...\n"] {
            let text = start + directives + "--- a\n"
            let time = ContinuousClock().measure { #expect(fault(text) != nil) }
            if time > slowest.0 { slowest = (time, "\(start.debugDescription) and many tag directives") }
        }
        print("slowest: \(slowest)")
    }

    @Test func theLargestScalarIsRead() throws {
        let text = String(repeating: "x", count: (1 << 20) - 2)
        #expect(try YAMLNode(parsing: "- " + text).elements().first?.text() == text)
        #expect(try YAMLNode(parsing: "'" + text + "'").text() == text)
        #expect(
            fault("- a\n- " + text)
                == "line 2, column 1048573: the text is too long: at most 1048576 bytes are read")
    }

    @Test func limitsHoldExactly() throws {
        var limits = YAMLLimits()
        limits.bytes = 10
        limits.levels = 2
        limits.values = 3
        func fault(_ text: String) -> String? {
            do {
                _ = try YAMLNode(parsing: text, limits: limits)
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(fault("[[1]]") == nil)
        #expect(fault("[[1      ]]") == "line 1, column 11: the text is too long: at most 10 bytes are read")
        #expect(fault("{a: [[1]]}") == "line 1, column 6: lists and sections lie too deep: at most 2 levels")
        #expect(fault("[1, 2]") == nil)
        #expect(fault("[1, 2, 3]") == "line 1, column 8: there are too many values: at most 3 are read")
        limits.levels = 0
        #expect(fault("1") == nil)
        #expect(fault("[1]") == "line 1, column 1: lists and sections lie too deep: at most 0 levels")
        limits.bytes = .max
        #expect(fault("1") == nil)
        limits.bytes = 0
        #expect(fault("") == nil)
        #expect(fault(" ") == "line 1, column 1: the text is too long: at most 0 bytes are read")
    }
}
