/// Makes a tree of values of `Encodable` types: properties in the order in which they are encoded, the names of
/// dictionaries sorted.
///
/// ```swift
/// let text = try YAMLEncoder().encode(settings).yaml()
/// ```
public struct YAMLEncoder: Sendable {
    /// An encoder.
    public init() {}

    /// The tree of a value. Its nodes have no marks.
    ///
    /// - Throws: ``YAMLError`` with the path of a number that is not finite; what a type's own `encode(to:)` throws.
    public func encode<Value: Encodable>(_ value: Value) throws -> YAMLNode {
        let encoder = NodeEncoder(box: NodeBox(), codingPath: [])
        try encoder.encode(value)
        return encoder.box.node
    }
}
