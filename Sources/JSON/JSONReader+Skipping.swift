extension JSONReader {
    /// Walks over the next value whatever it is, and checks it.
    public mutating func skipValue() throws(Rejection) {
        var objects: UInt64 = 0  // One bit a level, the innermost lowest: 1 an object, 0 an array.
        var depth = 0
        next: while true {
            let kind = try peek()
            switch kind {
            case .object, .array:
                guard depth < Self.depthMax else { throw tooDeep() }
                let isObject = kind == .object
                position += 1
                skipSpace()
                if !take(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    depth += 1
                    objects = objects << 1 | (isObject ? 1 : 0)
                    if isObject { try skipKey() }
                    continue next
                }
            case .string:
                let token = try scanString()
                if token.hasEscapes { _ = try unescaped(token) }
            case .number: _ = try scanNumber()
            case .boolean: _ = try readBoolean("value")
            case .null: try takeWord("null")
            case .notFinite: throw unexpected("a value")
            }
            while depth > 0 {
                skipSpace()
                let isObject = objects & 1 == 1
                if take(UInt8(ascii: ",")) {
                    if isObject { try skipKey() }
                    continue next
                }
                guard take(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw unexpected(isObject ? "',' or '}'" : "',' or ']'")
                }
                depth -= 1
                objects >>= 1
            }
            return
        }
    }

    mutating func skipKey() throws(Rejection) {
        skipSpace()
        guard byte(offset) == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
        let token = try scanString()
        if token.hasEscapes { _ = try unescaped(token) }
        try takeColon()
    }
}
