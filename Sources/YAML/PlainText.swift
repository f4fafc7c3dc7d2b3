/// Which texts can stand without quotes. It is strict: quotes never harm.
enum PlainText {
    /// Whether the text, without quotes, is a text for all readers of YAML 1.1 and 1.2: not a number, a date, a
    /// boolean, nothing.
    static func isText(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first) || first == UInt8(ascii: "/") else { return false }
        return isPossible(text) && !words.contains(text.lowercased())
    }

    /// Whether the text can stand without quotes and comes back the same, whatever it means.
    static func isPossible(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 1_000 else { return false }
        guard isLetter(first) || isDigit(first) || "/_.+-~".utf8.contains(first) else { return false }
        guard bytes != Array("-".utf8), !text.hasPrefix("- "), !text.hasPrefix("---"), !text.hasPrefix("...")
        else { return false }
        guard last != UInt8(ascii: " "), last != UInt8(ascii: ":") else { return false }
        for (byte, next) in zip(bytes, bytes.dropFirst()) where byte == UInt8(ascii: ":") {
            guard next != UInt8(ascii: " ") else { return false }
        }
        return bytes.allSatisfy { isLetter($0) || isDigit($0) || "/_.+-~:, ".utf8.contains($0) }
    }

    private static let words: Set = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nil", "none", "nan", "inf", "infinity",
    ]

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
}
