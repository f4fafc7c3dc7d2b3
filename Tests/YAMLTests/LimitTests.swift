import Foundation
import Testing
import YAML

@Suite(.serialized) struct LimitTests {
    #if DEBUG
    private let allowed = Duration.milliseconds(1_000)
    #else
    private let allowed = Duration.milliseconds(50)
    #endif

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

    @Test func aMebibyteOfAnythingEndsAtOnce() throws {
        var slowest = (Duration.zero, "")
        for start in Self.starts {
            for unit in Self.units {
                var text = Array(start.utf8)
                let repeats = ((1 << 20) - text.count) / unit.utf8.count
                text += repeatElement(Array(unit.utf8), count: repeats).joined()
                let time = ContinuousClock().measure { _ = fault(text) }
                if time > slowest.0 { slowest = (time, (start + " and many " + unit).debugDescription) }
                #expect(time < allowed, "\(start.debugDescription) \(unit.debugDescription)")
            }
        }
        print("slowest: \(slowest)")
    }

    @Test func manyTagDirectivesEndAtOnce() {
        let directives = (0..<70_000).map { "%TAG !\($0)! x\n" }.joined()
        for start in ["", "%YAML 1.1\n", "# x\n", "a\n...\n", "--- a\n...\n"] {
            let text = start + directives + "--- a\n"
            let time = ContinuousClock().measure { #expect(fault(text) != nil) }
            #expect(time < allowed)
        }
    }

    @Test func memoryIsBounded() throws {
        let line = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
            .first { $0.hasPrefix("VmHWM") }
        print("most memory of all tests so far: \(line ?? "?")")
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
        limits.bytes = -1
        #expect(fault("") != nil)
    }
}
