/// The values of a list, one after the other.
struct ListDecodingContainer: UnkeyedDecodingContainer {
    private let decoder: NodeDecoder
    private let elements: [YAMLNode]
    private(set) var currentIndex = 0

    init(_ decoder: NodeDecoder) throws {
        self.decoder = decoder
        elements = try decoder.node.elements()
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    mutating func decodeNil() throws -> Bool {
        let isNull = try step().decodeNil()
        if isNull { currentIndex += 1 }
        return isNull
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next(type) }

    mutating func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) throws
        -> KeyedDecodingContainer<NestedKey>
    {
        try advance { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try advance { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try advance { $0 } }

    /// The next value.
    mutating func next<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try advance { try $0.value(of: type) }
    }

    /// Reads at the next place, and goes on if that succeeds.
    private mutating func advance<Result>(_ read: (NodeDecoder) throws -> Result) throws -> Result {
        let result = try read(step())
        currentIndex += 1
        return result
    }

    private func step() throws -> NodeDecoder {
        guard !isAtEnd else { throw decoder.error("has too few values") }
        return decoder.step(to: elements[currentIndex], PlainKey.index(currentIndex))
    }
}
