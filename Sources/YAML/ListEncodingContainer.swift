/// The values of a list that is being made.
struct ListEncodingContainer: UnkeyedEncodingContainer {
    private let encoder: NodeEncoder

    init(_ encoder: NodeEncoder) {
        self.encoder = encoder
    }

    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int { encoder.box.count }

    func encodeNil() throws { step().encodeNil() }

    func encode<Value: Encodable>(_ value: Value) throws { try step().encode(value) }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type)
        -> KeyedEncodingContainer<NestedKey>
    {
        step().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { step().unkeyedContainer() }

    func superEncoder() -> any Encoder { step() }

    /// The encoder at a new place.
    func step() -> NodeEncoder {
        NodeEncoder(box: encoder.box.append(), codingPath: codingPath + [PlainKey.index(count)])
    }
}
