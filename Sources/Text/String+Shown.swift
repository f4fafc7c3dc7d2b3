// How text from outside is printed for people: messages, files, brokers, the command line. Whatever a terminal would
// obey, or a reader could not see, is escaped; the data itself is never changed.

extension String {
    /// The text for a message or a terminal: what a terminal would obey, what breaks a line, turns the writing around or
    /// cannot be seen is escaped, as in `\u{1b}`, and a long text is cut. A backslash stays as it is, so this is for
    /// reading and cannot be undone.
    ///
    /// - Parameter limit: After how many scalars it is cut.
    public func shown(limit: Int = .max) -> String {
        guard utf8.count > limit || unicodeScalars.contains(where: { !$0.isVisible }) else { return self }
        var result = ""
        var count = 0
        for scalar in unicodeScalars {
            guard count < limit else { return result + "…" }
            count += 1
            switch scalar {
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.isVisible: result.unicodeScalars.append(scalar)
            default: result += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return result
    }

    /// The same value as JSON, with what is not visible as escapes. The text must be JSON: there such characters stand
    /// in strings only, but for line feeds and tabs between values, which stay.
    public func shownAsJSON() -> String { escaping(\.jsonEscape) }

    /// The text with what is not visible escaped by the caller, but for line feeds and tabs.
    public func escaping(_ escape: (Unicode.Scalar) -> String) -> String {
        func stays(_ scalar: Unicode.Scalar) -> Bool {
            scalar.isVisible || scalar == "\n" || scalar == "\t"
        }
        guard !unicodeScalars.allSatisfy(stays) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if stays(scalar) { result.unicodeScalars.append(scalar) } else { result += escape(scalar) }
        }
        return result
    }
}

extension Unicode.Scalar {
    /// Whether a reader sees it for what it is. Control characters, ends of lines, marks of direction, and what has no
    /// width or no meaning are not visible.
    public var isVisible: Bool {
        if value < 0x7f { return value >= 0x20 }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
            return false
        default: return !properties.isDefaultIgnorableCodePoint
        }
    }

    /// Its escape within a JSON string, as in `\u001b`; two of them above U+FFFF.
    public var jsonEscape: String {
        String(self).utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
