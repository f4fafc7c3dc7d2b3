/// Makes values of `Decodable` types from a tree.
///
/// A property that is an `Optional` is nil for no value. Names that the type does not know are passed over. Lists of
/// cases and single cases of an enumeration with texts as raw values say which there are.
public struct YAMLDecoder: Sendable {
    /// A decoder.
    public init() {}

    /// The value of a node.
    ///
    /// - Throws: ``YAMLError`` with the place and the setting's path. What a type's own `init(from:)` throws becomes
    ///   one as well, without its text, which may show a value.
    public func decode<Value: Decodable>(_ type: Value.Type, from node: YAMLNode) throws(YAMLError) -> Value {
        try NodeDecoder(node: node, codingPath: []).value(of: type)
    }
}
