/// One header of a record: a name, which may occur more than once, and bytes or null.
public struct Header: Hashable, Sendable {
    /// The header's name.
    public let name: String
    /// The header's bytes; `nil` is Kafka's null.
    public let value: [UInt8]?

    /// Makes a header of bytes, or of null.
    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// Makes a header of text in UTF-8.
    public init(name: String, text: String) {
        self.init(name: name, value: Array(text.utf8))
    }
}
