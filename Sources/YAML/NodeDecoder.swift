/// A `Decoder` at a node, which is also the container of a single value.
struct NodeDecoder: Decoder, SingleValueDecodingContainer {
    let node: YAMLNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try SectionDecodingContainer(self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try ListDecodingContainer(self) }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { node.isNull }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try value(of: type) }

    /// A decoder one step down.
    func step(to node: YAMLNode, _ key: any CodingKey) -> NodeDecoder {
        NodeDecoder(node: node, codingPath: codingPath + [key])
    }

    /// The node as a value of any type.
    func value<Value: Decodable>(of type: Value.Type) throws(YAMLError) -> Value {
        let fault: YAMLError
        do {
            // In two steps: nil itself can be cast to an optional type.
            if let scalar = try scalar(type), let value = scalar as? Value { return value }
            return try Value(from: self)
        } catch let error as YAMLError {
            fault = error.within(codingPath.settingPath)
        } catch let error as DecodingError {
            fault = explained(error)
        } catch {
            fault = self.error("has a value that it cannot have")
        }
        if !node.isNull, let choices = Self.choices(of: type) { throw error("must be one of: \(choices)") }
        throw fault
    }

    /// An error at the node, with its path.
    func error(_ message: String) -> YAMLError { node.error(message).within(codingPath.settingPath) }

    /// What scalars are read as by themselves; nil for types that are made of others.
    private func scalar(_ type: any Any.Type) throws(YAMLError) -> Any? {
        switch type {
        case is String.Type: return try node.text()
        case is Bool.Type: return try node.boolean()
        case let type as any FixedWidthInteger.Type: return try integer(type)
        case let type as any BinaryFloatingPoint.Type: return try floating(type)
        default: return nil
        }
    }

    private func integer<Number: FixedWidthInteger>(_ type: Number.Type) throws(YAMLError) -> Any {
        try node.integer(type)
    }

    private func floating<Number: BinaryFloatingPoint>(_ type: Number.Type) throws(YAMLError) -> Any {
        let number = Number(try node.number())
        guard number.isFinite else {
            throw node.error(
                "must be a number from \(-Number.greatestFiniteMagnitude) to \(Number.greatestFiniteMagnitude)"
            )
        }
        return number
    }

    /// The error of a type's own `init(from:)`, at the deepest node of its path, without its text.
    private func explained(_ error: DecodingError) -> YAMLError {
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return self.error("has a value that it cannot have")
        }
        var place = self
        for key in context.codingPath.dropFirst(codingPath.count) {
            guard let next = place.node[key.stringValue] else { break }
            place = place.step(to: next, key)
        }
        return place.error("has a value that it cannot have")
    }

    /// The raw values of an enumeration of texts.
    private static func choices(of type: any Any.Type) -> String? {
        func list<Choice: CaseIterable & RawRepresentable<String>>(_ type: Choice.Type) -> String {
            type.allCases.map(\.rawValue).joined(separator: ", ")
        }
        guard let type = type as? any (CaseIterable & RawRepresentable<String>).Type else { return nil }
        return list(type)
    }
}
