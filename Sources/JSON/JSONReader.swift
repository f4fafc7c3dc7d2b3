/// A reader of JSON (RFC 8259) over bytes that cannot be trusted.
///
/// Written for this place because Foundation's decoder traps, in Swift 6.3 on Linux, on arrays nested 513 deep
/// that end early, and because a record needs what it does not tell: the byte offset of a fault, repeated
/// keys, and whether a number was written as a whole number. It recurses only as deep as the caller's code
/// does; what the caller skips is walked with a bit stack of ``depthMax`` levels.
///
/// The caller pulls values in the order of the text. Every `read` fails with `E_JSON` and a byte offset.
public struct JSONReader {
    /// What the next value is.
    public enum Kind: String {
        /// Members in braces.
        case object = "an object"
        /// Values in brackets.
        case array = "an array"
        /// Text in quotes.
        case string = "a string"
        /// A number.
        case number = "a number"
        /// `true` or `false`.
        case boolean = "a boolean"
        /// `null`.
        case null = "null"
        /// `NaN`, `Infinity` or `-Infinity`: not JSON, but what Python's encoder writes.
        case notFinite = "NaN or Infinity"
    }

    /// How deep a skipped value may nest. The stack is the 64 bits of one word.
    public static let depthMax = 64
    /// How long a number may be, in bytes: more than any shortest form, and it bounds the slow conversion.
    public static let numberBytesMax = 1024

    @usableFromInline let base: UnsafePointer<UInt8>?
    @usableFromInline let count: Int
    @usableFromInline var position = 0
    /// Where the reader stands, in bytes from the start.
    @inlinable public var offset: Int { position }

    /// A reader at the start of `bytes`, which must outlive it.
    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) {
        base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        count = bytes.count
    }

    // MARK: Values

    /// Finds the next value and says what it is, without reading it.
    @inlinable
    public mutating func peek() throws(Rejection) -> Kind {
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
    public static let keyBytesMax = 1_024

    /// Reads an object; `member` is given each key and reads or skips exactly its value.
    @inlinable
    public mutating func readObject(
        _ path: String, _ member: (inout JSONReader, String) throws(Rejection) -> Void
    ) throws(Rejection) {
        try expect(.object, path)
        position += 1
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
    @inlinable
    public mutating func readArray(
        _ path: String, _ element: (inout JSONReader, Int) throws(Rejection) -> Void
    ) throws(Rejection) {
        try expect(.array, path)
        position += 1
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
    @inlinable
    public mutating func readString(_ path: String) throws(Rejection) -> String {
        try expect(.string, path)
        return try text(try scanString())
    }

    /// Reads a string and gives its bytes, in place when the text has no escapes.
    @inlinable
    public mutating func readString<Result>(
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
    @inlinable
    public mutating func readNumber(_ path: String) throws(Rejection) -> JSONNumber {
        try expect(.number, path)
        return try scanNumber()
    }

    /// Reads a whole number written without fraction or exponent.
    @inlinable
    public mutating func readInteger(_ path: String) throws(Rejection) -> Int64 {
        let number = try readNumber(path)
        guard let integer = number.integer else {
            throw Rejection(.json, "\(path): a whole number of 64 bits was expected, before byte \(offset)")
        }
        return integer
    }

    /// Reads `true` or `false`.
    @inlinable
    public mutating func readBoolean(_ path: String) throws(Rejection) -> Bool {
        try expect(.boolean, path)
        if byte(offset) == UInt8(ascii: "t") {
            try takeWord("true")
            return true
        }
        try takeWord("false")
        return false
    }

    /// Takes a `null` if there is one.
    @inlinable
    public mutating func readNull() throws(Rejection) -> Bool {
        guard try peek() == .null else { return false }
        try takeWord("null")
        return true
    }

    /// Fails unless only space is left.
    @inlinable
    public mutating func finish() throws(Rejection) {
        skipSpace()
        guard offset == count else { throw unexpected("the end") }
    }

    /// Fails unless the next value is of a kind.
    @inlinable
    public mutating func expect(_ kind: Kind, _ path: String) throws(Rejection) {
        let found = try peek()
        guard found == kind else {
            throw Rejection(
                .json, "\(path) is \(found.rawValue) at byte \(offset), \(kind.rawValue) was expected")
        }
    }

    // MARK: Bytes

    /// The byte at `index`, or 0, which JSON has nowhere, past the end.
    @inlinable
    func byte(_ index: Int) -> UInt8 {
        guard index < count, let base else { return 0 }
        return base[index]
    }

    @inlinable
    func slice(_ start: Int, _ end: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base.map { $0 + start }, count: end - start)
    }

    @inlinable
    mutating func skipSpace() {
        while true {
            switch byte(offset) {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            default: return
            }
        }
    }

    @inlinable
    mutating func take(_ wanted: UInt8) -> Bool {
        guard byte(offset) == wanted else { return false }
        position += 1
        return true
    }

    @inlinable
    mutating func takeWord(_ word: StaticString) throws(Rejection) {
        for index in 0..<word.utf8CodeUnitCount where byte(offset + index) != word.utf8Start[index] {
            throw unexpected("'\(word)'")
        }
        position += word.utf8CodeUnitCount
    }

    @inlinable
    mutating func takeColon() throws(Rejection) {
        skipSpace()
        guard take(UInt8(ascii: ":")) else { throw unexpected("':'") }
    }

    @inline(never) @usableFromInline
    func unexpected(_ expected: String) -> Rejection {
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
}
