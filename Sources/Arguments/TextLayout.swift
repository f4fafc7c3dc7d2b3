/// Breaks text into lines. A line is longer than the width only if one word is.
package enum TextLayout {
    /// The words of a text in lines.
    package static func wrap(_ text: String, width: Int) -> [String] {
        wrap(text.split(whereSeparator: \.isWhitespace).map(String.init), width: width)
    }

    /// Words in lines.
    static func wrap(_ words: [String], width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        var length = 0
        for word in words {
            let more = word.count
            if line.isEmpty {
                (line, length) = (word, more)
            } else if length + 1 + more <= width {
                line += " \(word)"
                length += 1 + more
            } else {
                lines.append(line)
                (line, length) = (word, more)
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// The lines of a discussion: paragraphs in lines of that width; lines that begin with two spaces, and empty ones,
    /// as they are.
    package static func discussion(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var paragraph = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty || line.hasPrefix("  ") {
                lines += wrap(paragraph, width: width) + [String(line)]
                paragraph = ""
            } else {
                paragraph += "\(line) "
            }
        }
        return lines + wrap(paragraph, width: width)
    }
}
