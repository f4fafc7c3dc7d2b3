extension String {
    /// The text for a message or a terminal: what a terminal would obey, what breaks a line, turns the writing around or
    /// cannot be seen is escaped, as in `\u{1b}`, and a long text is cut. A backslash stays as it is, so this is for
    /// reading and cannot be undone.
    ///
    /// - Parameters:
    ///   - limit: After how many scalars it is cut.
    ///   - keepsLines: Whether line ends stay.
    public func shown(limit: Int = .max, keepsLines: Bool = false) -> String {
        guard utf8.count > limit || unicodeScalars.contains(where: { !$0.isVisible }) else { return self }
        var result = ""
        var count = 0
        for scalar in unicodeScalars {
            guard count < limit else { return result + "…" }
            count += 1
            switch scalar {
            case "\n": result += keepsLines ? "\n" : "\\n"
            case "\t": result += "\\t"
            case _ where scalar.isVisible: result.unicodeScalars.append(scalar)
            default: result += "\\u{\(String(scalar.value, radix: 16))}"
            }
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
}
