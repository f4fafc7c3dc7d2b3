import Foundation

/// Swift values as JSON text, and back.
public enum JSONText {
    /// The text of a value. The same value gives the same text: names are in order, and slashes stand as they are.
    ///
    /// - Parameter isPretty: whether to break lines and indent, for people.
    /// - Throws: `EncodingError` for a value that JSON has no form for, such as NaN.
    public static func encoded(_ value: some Encodable, isPretty: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The value of a text that cannot be trusted.
    ///
    /// Foundation's decoder traps on some texts that are nested deeply, so ``JSONReader/check(_:)`` comes before it.
    ///
    /// - Throws: ``Rejection`` for what is not well-formed, `DecodingError` for what has another form than the value.
    public static func decoded<Value: Decodable>(_ type: Value.Type, from text: Data) throws -> Value {
        try text.withUnsafeBytes { bytes in try JSONReader.check(bytes) }
        return try JSONDecoder().decode(type, from: text)
    }

    /// The value of a text that cannot be trusted; as for bytes.
    public static func decoded<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try decoded(type, from: Data(text.utf8))
    }
}
