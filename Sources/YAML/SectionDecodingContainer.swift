/// The named values of a section.
struct SectionDecodingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let decoder: NodeDecoder
    private let entries: [YAMLNode.Entry]
    private let values: [String: YAMLNode]

    init(_ decoder: NodeDecoder) throws {
        self.decoder = decoder
        entries = try decoder.node.entries()
        values = Dictionary(entries.map { ($0.name, $0.value) }) { first, _ in first }
    }

    var codingPath: [any CodingKey] { decoder.codingPath }

    var allKeys: [Key] { entries.compactMap { Key(stringValue: $0.name) } }

    func contains(_ key: Key) -> Bool { values[key.stringValue] != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try step(to: key).decodeNil() }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try step(to: key).value(of: type)
    }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type, forKey key: Key) throws
        -> KeyedDecodingContainer<NestedKey>
    {
        try step(to: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try step(to: key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try step(to: PlainKey.super) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try step(to: key) }

    /// The decoder at a name.
    func step(to key: any CodingKey) throws -> NodeDecoder {
        guard let value = values[key.stringValue] else {
            throw decoder.node.error("is missing").within((codingPath + [key]).settingPath)
        }
        return decoder.step(to: value, key)
    }
}
