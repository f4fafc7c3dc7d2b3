extension JSONReader {
    /// A string in the text, without its quotes.
    @usableFromInline
    struct StringToken {
        @usableFromInline var start: Int
        @usableFromInline var end: Int
        @usableFromInline var hasEscapes: Bool

        @inlinable
        init(start: Int, end: Int, hasEscapes: Bool) {
            self.start = start
            self.end = end
            self.hasEscapes = hasEscapes
        }
    }

    /// Walks over a string from its opening quote and checks that it is UTF-8 without raw control characters.
    @inlinable
    mutating func scanString() throws(Rejection) -> StringToken {
        position += 1
        let start = offset
        var hasEscapes = false
        var bits: UInt8 = 0
        while true {
            let unit = byte(offset)
            if unit == UInt8(ascii: "\"") { break }
            if unit == UInt8(ascii: "\\") {
                hasEscapes = true
                position += 1
                if byte(offset) < 0x20 { throw unexpected("an escape") }
            } else if unit < 0x20 {
                throw unexpected("'\"' or an escaped control character")
            }
            bits |= unit
            position += 1
        }
        let end = offset
        position += 1
        if bits >= 0x80, String(validating: slice(start, end), as: UTF8.self) == nil {
            throw Rejection(
                .json, "bytes \(start)..<\(end): the string is not UTF-8; encode the text as UTF-8")
        }
        return StringToken(start: start, end: end, hasEscapes: hasEscapes)
    }

    @inlinable
    func text(_ token: StringToken) throws(Rejection) -> String {
        guard token.hasEscapes else { return String(decoding: slice(token.start, token.end), as: UTF8.self) }
        return String(decoding: try unescaped(token), as: UTF8.self)
    }

    @usableFromInline
    func unescaped(_ token: StringToken) throws(Rejection) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(token.end - token.start)
        var index = token.start
        while index < token.end {
            let unit = byte(index)
            guard unit == UInt8(ascii: "\\") else {
                bytes.append(unit)
                index += 1
                continue
            }
            let letter = byte(index + 1)
            index += 2
            switch letter {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(letter)
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0c)
            case UInt8(ascii: "n"): bytes.append(0x0a)
            case UInt8(ascii: "r"): bytes.append(0x0d)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"):
                var unit = try hexadecimal(index, token.end)
                index += 4
                if (0xd800..<0xdc00).contains(unit) {
                    guard byte(index) == UInt8(ascii: "\\"), byte(index + 1) == UInt8(ascii: "u") else {
                        throw loneSurrogate(index - 6)
                    }
                    let low = try hexadecimal(index + 2, token.end)
                    guard (0xdc00..<0xe000).contains(low) else { throw loneSurrogate(index - 6) }
                    unit = 0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)
                    index += 6
                }
                guard let scalar = Unicode.Scalar(unit) else { throw loneSurrogate(index - 6) }
                bytes.append(contentsOf: UTF8.encode(scalar)!)  // Every scalar has an encoding in UTF-8.
            default:
                throw Rejection(.json, "byte \(index - 2): unknown escape in a string")
            }
        }
        return bytes
    }

    private func hexadecimal(_ start: Int, _ end: Int) throws(Rejection) -> UInt32 {
        var value: UInt32 = 0
        for index in start..<start + 4 {
            let unit = byte(index)
            guard index < end, let digit = Character(Unicode.Scalar(unit)).hexDigitValue else {
                throw Rejection(.json, "byte \(index): \\u needs four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private func loneSurrogate(_ index: Int) -> Rejection {
        Rejection(.json, "byte \(index): half of a surrogate pair; write the character as UTF-8 or as a pair")
    }
}
