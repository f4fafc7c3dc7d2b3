import Foundation
import TestSupport
import YAML

/// The number of rounds of a random test, and its seed, which is printed.
func rounds(_ name: String, _ standard: Int) -> (count: Int, generator: SplitMix64) {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["YAML_SEED"].flatMap(UInt64.init) ?? .random(in: 0...UInt64.max)
    let count = environment[name].flatMap(Int.init) ?? standard
    print("\(name)=\(count) YAML_SEED=\(seed)")
    return (count, SplitMix64(seed: seed))
}

extension YAMLNode {
    /// The same without marks, quotes told only from what means nothing, and texts as bytes, since Swift compares
    /// texts by their meaning.
    var essence: [String] {
        switch content {
        case .scalar(let text, _): [isNull ? "null" : "scalar \(Array(text.utf8))"]
        case .list(let elements): ["["] + elements.flatMap(\.essence) + ["]"]
        case .section(let entries):
            ["{"] + entries.flatMap { ["name \(Array($0.name.utf8))"] + $0.value.essence } + ["}"]
        }
    }
}

/// What a text is refused with.
func fault(_ text: String) -> String? {
    fault(Array(text.utf8))
}

/// What bytes are refused with.
func fault(_ bytes: [UInt8]) -> String? {
    do {
        _ = try YAMLNode(parsing: bytes)
        return nil
    } catch {
        return "\(error)"
    }
}

/// Texts that are hard to write.
let hardTexts: [String] = [
    "", " ", "  ", "a ", " a", "a  b", "\t", "a\tb", "\n", "\n\n", "a\n", "\na", "a\nb\n\nc\n", " a\n  b\n",
    "\r", "\r\n",
    "a\rb", "\u{0}", "a\u{0}b", "\u{1}\u{2}\u{7}\u{8}\u{b}\u{c}\u{e}\u{1b}\u{1f}\u{7f}",
    "\u{80}\u{84}\u{86}\u{9f}",
    "\u{85}", "a\u{85}b", "\u{a0}", "\u{ad}", "\u{2028}", "a\u{2028}b", "\u{2029}", "\u{feff}", "a\u{feff}b",
    "\u{fffd}", "\u{fffe}", "\u{ffff}", "\u{10ffff}", "\u{e000}", "\u{d7ff}", "😀", "a😀b 👩‍👩‍👧", "größe",
    "e\u{301}", "é",
    "日本語", "#", "# a", "a # b", "a#b", ":", ": ", "a: b", "a:", "a:b", ":a", "-", "- a", "-a", "--", "---",
    "--- a",
    "...", "... a", "..", ".", "?", "? a", "?a", "%", "%YAML 1.1", "@", "@a", "`", "`a", "&a", "*a", "!a",
    "!!str a",
    "|", "|\n a", ">", "> a", "'", "''", "'a'", "it's", "\"", "\"\"", "\"a\"", "\\", "\\n", "a\\", "\\\"",
    "[", "[]",
    "[a, b]", "{", "{}", "{a: b}", "]", "}", ",", "a, b", "a,b", "<<", "=", "~", "null", "Null", "NULL",
    "nil", "none",
    "true", "True", "TRUE", "false", "yes", "Yes", "no", "NO", "on", "On", "off", "y", "n", "Y", "N", "0",
    "1", "-1",
    "+1", "010", "0123", "007", "0x1F", "0o10", "0b11", "1_000", "1e5", "1e-7", "1.0", "1.", ".5", "-.5",
    "1.5e+3",
    ".inf", "-.inf", ".nan", "inf", "nan", "NaN", "Infinity", "12:30:45", "1:2", "190:20:30", "2024-01-01",
    "2024-01-01 10:00:00", "2024-01-01T10:00:00Z", "1,000", "0.", "_1", "1_", "x", "localhost:9092",
    "a:9092,b:9092", "SASL_SSL", "/etc/weir/ca.pem", "http://a/b?c=d#e", "${NAME}", "a\u{20}\n b",
    "a \n \n b",
    "key: |", "trailing\\ ", String(repeating: "long ", count: 400), String(repeating: "x", count: 3_000),
    String(repeating: "wört: # ", count: 300), String(repeating: "a\n", count: 200),
]

extension String {
    /// A beginning of the text that is not too long for a name.
    var asName: String { String(prefix(200)) }
}
