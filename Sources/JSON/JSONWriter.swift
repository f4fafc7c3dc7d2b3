/// Appends JSON to bytes without a tree and without allocation of its own.
///
/// The caller writes the punctuation that is constant as one literal (`{"id":`) and the values between.
public struct JSONWriter {
    /// What was written.
    public var bytes: [UInt8]

    /// A writer that appends to `bytes`.
    @inlinable
    public init(bytes: [UInt8] = []) { self.bytes = bytes }

    /// Runs `body` on a writer that appends to `bytes`, without copying them.
    @inlinable
    public static func append(to bytes: inout [UInt8], _ body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(bytes: [])
        swap(&writer.bytes, &bytes)
        body(&writer)
        swap(&writer.bytes, &bytes)
    }

    /// Writes text that is JSON already.
    @inlinable
    public mutating func literal(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Writes a string in quotes.
    public mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { units in
            var start = 0
            for index in units.indices {
                let unit = units[index]
                guard unit < 0x20 || unit == UInt8(ascii: "\"") || unit == UInt8(ascii: "\\") else {
                    continue
                }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: units[start..<index]))
                start = index + 1
                escape(unit)
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: units[start...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a string in quotes, or `null`.
    public mutating func string(_ text: String?) {
        if let text { string(text) } else { literal("null") }
    }

    /// Writes `true` or `false`.
    public mutating func boolean(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    /// Writes a whole number.
    public mutating func integer(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        digits(value.magnitude, width: 1)
    }

    /// Writes the shortest decimal that reads back as the same float, or `null` for NaN and infinities, for
    /// which JSON has no word.
    public mutating func number(_ value: Float) {
        guard value.isFinite else { return literal("null") }
        // At most 15 bytes, so the description is an inline string and nothing is allocated.
        bytes.append(contentsOf: value.description.utf8)
    }

    /// Writes the shortest decimal that reads back as the same double, or `null` for none, NaN and infinities.
    public mutating func number(_ value: Double?) {
        guard let value, value.isFinite else { return literal("null") }
        bytes.append(contentsOf: value.description.utf8)
    }

    /// Writes an array.
    @inlinable
    public mutating func array<Elements: Collection>(
        _ elements: Elements, _ write: (inout JSONWriter, Elements.Element) -> Void
    ) {
        literal("[")
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            write(&self, element)
        }
        literal("]")
    }

    /// Writes an object with its keys in the order of their UTF-8, so that equal values give equal bytes.
    @inlinable
    public mutating func object<Value>(
        _ members: [String: Value], _ write: (inout JSONWriter, Value) -> Void
    ) {
        literal("{")
        var isFirst = true
        for (key, value) in members.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            string(key)
            bytes.append(UInt8(ascii: ":"))
            write(&self, value)
        }
        literal("}")
    }

    private mutating func escape(_ unit: UInt8) {
        switch unit {
        case UInt8(ascii: "\""): literal("\\\"")
        case UInt8(ascii: "\\"): literal("\\\\")
        case 0x08: literal("\\b")
        case 0x09: literal("\\t")
        case 0x0a: literal("\\n")
        case 0x0c: literal("\\f")
        case 0x0d: literal("\\r")
        default:
            literal("\\u00")
            bytes.append(unit < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let low = unit & 0xf
            bytes.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }

    /// Writes a whole number with zeros before it, up to a width of at most 20 digits.
    public mutating func digits(_ value: UInt64, width: Int) {
        // 20 digits hold every 64-bit number.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { buffer in
            var rest = value
            var index = 20
            while rest > 0 || 20 - index < width {
                index -= 1
                buffer.initializeElement(at: index, to: UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[index..<20]))
        }
    }
}
