extension YAMLNode {
    /// Whether nothing is given: a plain scalar that is empty, `~` or `null`.
    public var isNull: Bool {
        // Comparing a long text takes long, and none of these is.
        guard case .scalar(let text, isPlain: true) = content, text.utf8.count <= 4 else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The text as it is written: `010` stays `010`, `yes` stays `yes`.
    ///
    /// - Throws: ``YAMLError`` for no value, a list or a section.
    public func text() throws(YAMLError) -> String {
        try scalar("text")
    }

    /// The meaning of `true`, `yes`, `on`, `false`, `no`, `off` in lower case, upper case or capitalised.
    ///
    /// - Throws: ``YAMLError`` for anything else.
    public func boolean() throws(YAMLError) -> Bool {
        let text = try scalar("true or false")
        switch text.utf8.count <= 5 ? text : "" {
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return true
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return false
        default: throw error("must be true or false")
        }
    }

    /// The whole number: decimal, `0x`, `0o` or `0b`, with `_` between digits; `1e5` and `100000.0` too, if nothing is
    /// lost.
    ///
    /// - Throws: ``YAMLError`` for anything else, for zeros in front and for what the type cannot hold.
    public func integer<Number: FixedWidthInteger>(_ type: Number.Type = Int.self) throws(YAMLError) -> Number
    {
        let range = "a whole number from \(Number.min) to \(Number.max)"
        let wanted = Number.bitWidth < 64 ? range : "a whole number"
        let text = try scalar(wanted)
        do {
            return try NumberText(text).integer()
        } catch .outOfRange {
            throw error("must be \(range)")
        } catch {
            throw self.error("must be \(wanted)\(error.reason)")
        }
    }

    /// The number, whole or not.
    ///
    /// - Throws: ``YAMLError`` for anything else, for zeros in front and for what is infinite, or too large or too near
    ///   to 0 for a double.
    public func number() throws(YAMLError) -> Double {
        let text = try scalar("a number")
        do {
            return try NumberText(text).double()
        } catch {
            throw self.error("must be a number\(error.reason)")
        }
    }

    /// The values of a list.
    ///
    /// - Throws: ``YAMLError`` for anything else. No value is no list either: an empty one is written `[]`.
    public func elements() throws(YAMLError) -> [YAMLNode] {
        switch content {
        case .list(let elements): return elements
        case .section: throw error("must be a list, not a section")
        case .scalar where isNull: throw error("has no value; an empty list is written []")
        case .scalar: throw error("must be a list, such as [a, b]")
        }
    }

    /// The named values of a section; none if nothing stands below its name.
    ///
    /// - Throws: ``YAMLError`` for a list or a text.
    public func entries() throws(YAMLError) -> [Entry] {
        switch content {
        case .section(let entries): return entries
        case .list: throw error("must be a section, not a list")
        case .scalar where isNull: return []
        case .scalar: throw error("must be a section; its settings stand below it, indented")
        }
    }

    private func scalar(_ wanted: String) throws(YAMLError) -> String {
        switch content {
        case .list: throw error("must be \(wanted), not a list")
        case .section: throw error("must be \(wanted), not a section")
        case .scalar where isNull: throw error("has no value; give one, or quote it if it is meant as text")
        case .scalar(let text, _): return text
        }
    }

    func error(_ message: String) -> YAMLError {
        YAMLError(mark: mark, message: message)
    }
}
