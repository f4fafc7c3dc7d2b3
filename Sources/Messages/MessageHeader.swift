/// One header of a Kafka record. Names may repeat; a nil value is Kafka's null.
public struct MessageHeader: Equatable, Sendable {
    /// The name, case-sensitive.
    public var name: String
    /// The bytes, or nil for a null.
    public var value: [UInt8]?

    /// A header.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - value: The bytes, or nil for a null.
    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// A header whose value is text, written as UTF-8.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - text: The value.
    public init(name: String, text: String) {
        self.init(name: name, value: Array(text.utf8))
    }
}
