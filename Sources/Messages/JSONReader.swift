/// A reader of JSON (RFC 8259) over bytes that cannot be trusted.
///
/// Written for this place because Foundation's decoder traps, in Swift 6.3 on Linux, on arrays nested 513 deep
/// that end early, and because a record needs what it does not tell: the byte offset of a fault, repeated
/// keys, and whether a number was written as a whole number. It recurses only as deep as the caller's code
/// does; what the caller skips is walked with a bit stack of ``depthMax`` levels.
///
/// The caller pulls values in the order of the text. Every `read` fails with `E_JSON` and a byte offset.
struct JSONReader {
    /// What the next value is.
    enum Kind: String {
        case object = "an object"
        case array = "an array"
        case string = "a string"
        case number = "a number"
        case boolean = "a boolean"
        case null = "null"
        /// `NaN`, `Infinity` or `-Infinity`: not JSON, but what Python's encoder writes.
        case notFinite = "NaN or Infinity"
    }

    /// How deep a skipped value may nest. The stack is the 64 bits of one word.
    static let depthMax = 64
    /// How long a number may be, in bytes: more than any shortest form, and it bounds the slow conversion.
    static let numberBytesMax = 1024

    private let base: UnsafePointer<UInt8>?
    private let count: Int
    /// Where the reader stands, in bytes from the start.
    private(set) var offset = 0

    /// A reader at the start of `bytes`, which must outlive it.
    init(_ bytes: UnsafeRawBufferPointer) {
        base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        count = bytes.count
    }

    // MARK: Values

    /// Finds the next value and says what it is, without reading it.
    mutating func peek() throws(Rejection) -> Kind {
        skipSpace()
        switch byte(offset) {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "-"): return byte(offset + 1) == UInt8(ascii: "I") ? .notFinite : .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "N"), UInt8(ascii: "I"): return .notFinite
        default: throw unexpected("a value")
        }
    }

    /// The most bytes of a key that are handed out: labels, the longest keys that there are, have fewer.
    static let keyBytesMax = 1_024

    /// Reads an object; `member` is given each key and reads or skips exactly its value.
    mutating func readObject(
        _ path: String, _ member: (inout JSONReader, String) throws(Rejection) -> Void
    ) throws(Rejection) {
        try expect(.object, path)
        offset += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return }
        while true {
            skipSpace()
            guard byte(offset) == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
            let key = try text(try scanString())
            try takeColon()
            // Keys are compared, which takes long for long ones. No longer one is known, so its beginning does.
            let isLong = key.utf8.count > Self.keyBytesMax
            try member(
                &self, isLong ? String(decoding: key.utf8.prefix(Self.keyBytesMax), as: UTF8.self) : key)
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "}")) { return }
            throw unexpected("',' or '}'")
        }
    }

    /// Reads an array; `element` is given each index and reads or skips exactly its value.
    mutating func readArray(
        _ path: String, _ element: (inout JSONReader, Int) throws(Rejection) -> Void
    ) throws(Rejection) {
        try expect(.array, path)
        offset += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return }
        var index = 0
        while true {
            try element(&self, index)
            index += 1
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "]")) { return }
            throw unexpected("',' or ']'")
        }
    }

    /// Reads a string.
    mutating func readString(_ path: String) throws(Rejection) -> String {
        try expect(.string, path)
        return try text(try scanString())
    }

    /// Reads a string and gives its bytes, in place when the text has no escapes.
    mutating func readString<Result>(
        _ path: String, bytes body: (UnsafeBufferPointer<UInt8>) throws(Rejection) -> Result
    ) throws(Rejection) -> Result {
        try expect(.string, path)
        let token = try scanString()
        guard token.hasEscapes else { return try body(slice(token.start, token.end)) }
        let bytes = try unescaped(token)
        // Copied to a local result, since the closure of withUnsafeBufferPointer may throw any error.
        let result: Swift.Result<Result, Rejection> = bytes.withUnsafeBufferPointer { buffer in
            do throws(Rejection) { return .success(try body(buffer)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Reads a number.
    mutating func readNumber(_ path: String) throws(Rejection) -> JSONNumber {
        try expect(.number, path)
        return try scanNumber()
    }

    /// Reads a whole number written without fraction or exponent.
    mutating func readInteger(_ path: String) throws(Rejection) -> Int64 {
        let number = try readNumber(path)
        guard let integer = number.integer else {
            throw Rejection(.json, "\(path): a whole number of 64 bits was expected, before byte \(offset)")
        }
        return integer
    }

    /// Reads `true` or `false`.
    mutating func readBoolean(_ path: String) throws(Rejection) -> Bool {
        try expect(.boolean, path)
        if byte(offset) == UInt8(ascii: "t") {
            try takeWord("true")
            return true
        }
        try takeWord("false")
        return false
    }

    /// Takes a `null` if there is one.
    mutating func readNull() throws(Rejection) -> Bool {
        guard try peek() == .null else { return false }
        try takeWord("null")
        return true
    }

    /// Walks over the next value whatever it is, and checks it.
    mutating func skipValue() throws(Rejection) {
        var objects: UInt64 = 0  // One bit a level, the innermost lowest: 1 an object, 0 an array.
        var depth = 0
        next: while true {
            let kind = try peek()
            switch kind {
            case .object, .array:
                guard depth < Self.depthMax else {
                    throw Rejection(
                        .json, "byte \(offset): nested deeper than \(Self.depthMax) levels; flatten the value"
                    )
                }
                let isObject = kind == .object
                offset += 1
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

    /// Fails unless only space is left.
    mutating func finish() throws(Rejection) {
        skipSpace()
        guard offset == count else { throw unexpected("the end") }
    }

    /// Fails unless the next value is of a kind.
    mutating func expect(_ kind: Kind, _ path: String) throws(Rejection) {
        let found = try peek()
        guard found == kind else {
            throw Rejection(
                .json, "\(path) is \(found.rawValue) at byte \(offset), \(kind.rawValue) was expected")
        }
    }

    // MARK: Bytes

    /// The byte at `index`, or 0, which JSON has nowhere, past the end.
    private func byte(_ index: Int) -> UInt8 {
        guard index < count, let base else { return 0 }
        return base[index]
    }

    private func slice(_ start: Int, _ end: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base.map { $0 + start }, count: end - start)
    }

    private mutating func skipSpace() {
        while true {
            switch byte(offset) {
            case 0x20, 0x0a, 0x0d, 0x09: offset += 1
            default: return
            }
        }
    }

    private mutating func take(_ wanted: UInt8) -> Bool {
        guard byte(offset) == wanted else { return false }
        offset += 1
        return true
    }

    private mutating func takeWord(_ word: StaticString) throws(Rejection) {
        for index in 0..<word.utf8CodeUnitCount where byte(offset + index) != word.utf8Start[index] {
            throw unexpected("'\(word)'")
        }
        offset += word.utf8CodeUnitCount
    }

    private mutating func takeColon() throws(Rejection) {
        skipSpace()
        guard take(UInt8(ascii: ":")) else { throw unexpected("':'") }
    }

    private mutating func skipKey() throws(Rejection) {
        skipSpace()
        guard byte(offset) == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
        let token = try scanString()
        if token.hasEscapes { _ = try unescaped(token) }
        try takeColon()
    }

    private func unexpected(_ expected: String) -> Rejection {
        let found: String
        if offset >= count {
            found = "the value ends"
        } else if (0x21..<0x7f).contains(byte(offset)) {
            found = "there is '\(Character(Unicode.Scalar(byte(offset))))'"
        } else {
            found = "there is the byte 0x\(String(byte(offset), radix: 16))"
        }
        return Rejection(.json, "byte \(offset): \(expected) was expected, \(found)")
    }

    // MARK: Strings

    /// A string in the text, without its quotes.
    private struct StringToken {
        var start: Int
        var end: Int
        var hasEscapes: Bool
    }

    /// Walks over a string from its opening quote and checks that it is UTF-8 without raw control characters.
    private mutating func scanString() throws(Rejection) -> StringToken {
        offset += 1
        let start = offset
        var hasEscapes = false
        var bits: UInt8 = 0
        while true {
            let unit = byte(offset)
            if unit == UInt8(ascii: "\"") { break }
            if unit == UInt8(ascii: "\\") {
                hasEscapes = true
                offset += 1
                if byte(offset) < 0x20 { throw unexpected("an escape") }
            } else if unit < 0x20 {
                throw unexpected("'\"' or an escaped control character")
            }
            bits |= unit
            offset += 1
        }
        let end = offset
        offset += 1
        if bits >= 0x80, String(validating: slice(start, end), as: UTF8.self) == nil {
            throw Rejection(
                .json, "bytes \(start)..<\(end): the string is not UTF-8; encode the text as UTF-8")
        }
        return StringToken(start: start, end: end, hasEscapes: hasEscapes)
    }

    private func text(_ token: StringToken) throws(Rejection) -> String {
        guard token.hasEscapes else { return String(decoding: slice(token.start, token.end), as: UTF8.self) }
        return String(decoding: try unescaped(token), as: UTF8.self)
    }

    private func unescaped(_ token: StringToken) throws(Rejection) -> [UInt8] {
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

    // MARK: Numbers

    private mutating func scanNumber() throws(Rejection) -> JSONNumber {
        let start = offset
        let negative = take(UInt8(ascii: "-"))
        var mantissa: UInt64 = 0
        var digits = 0  // Significant digits in the mantissa, at most 19, so that it cannot overflow.
        var exponent = 0
        var isTruncated = false
        var isInteger = true

        func digit(_ unit: UInt8) -> UInt64? {
            let value = unit &- UInt8(ascii: "0")
            return value < 10 ? UInt64(value) : nil
        }
        func isLong() -> Bool { offset - start > Self.numberBytesMax }

        if !take(UInt8(ascii: "0")) {
            guard digit(byte(offset)) != nil else { throw unexpected("a digit") }
            while let value = digit(byte(offset)), !isLong() {
                if digits < 19 {
                    mantissa = mantissa &* 10 &+ value
                    digits += 1
                } else {
                    exponent += 1
                    isTruncated = true
                }
                offset += 1
            }
        } else if digit(byte(offset)) != nil {
            throw Rejection(.json, "byte \(start): a number does not begin with 0")
        }
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard digit(byte(offset)) != nil else { throw unexpected("a digit") }
            while let value = digit(byte(offset)), !isLong() {
                if digits < 19 {
                    mantissa = mantissa &* 10 &+ value
                    exponent -= 1
                    if mantissa != 0 { digits += 1 }
                } else {
                    isTruncated = true
                }
                offset += 1
            }
        }
        if byte(offset) | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            offset += 1
            let negativeExponent = byte(offset) == UInt8(ascii: "-")
            if negativeExponent || byte(offset) == UInt8(ascii: "+") { offset += 1 }
            guard digit(byte(offset)) != nil else { throw unexpected("a digit") }
            var written = 0
            while let value = digit(byte(offset)), !isLong() {
                if written < 100_000 { written = written * 10 + Int(value) }
                offset += 1
            }
            exponent += negativeExponent ? -written : written
        }
        guard !isLong() else {
            throw Rejection(
                .json, "byte \(start): a number longer than \(Self.numberBytesMax) bytes; round it")
        }
        return JSONNumber(
            text: slice(start, offset), isNegative: negative, mantissa: mantissa, exponent: exponent,
            isTruncated: isTruncated, isInteger: isInteger)
    }
}
