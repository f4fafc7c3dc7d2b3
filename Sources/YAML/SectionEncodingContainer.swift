/// The named values of a section that is being made.
struct SectionEncodingContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    private let encoder: NodeEncoder

    init(_ encoder: NodeEncoder) {
        self.encoder = encoder
    }

    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil(forKey key: Key) throws { step(to: key).encodeNil() }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { try step(to: key).encode(value) }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type, forKey key: Key)
        -> KeyedEncodingContainer<NestedKey>
    {
        step(to: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        step(to: key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { step(to: PlainKey.super) }

    func superEncoder(forKey key: Key) -> any Encoder { step(to: key) }

    /// The encoder at a name.
    func step(to key: any CodingKey) -> NodeEncoder {
        NodeEncoder(box: encoder.box.value(named: key.stringValue), codingPath: codingPath + [key])
    }
}
