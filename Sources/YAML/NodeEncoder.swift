/// An `Encoder` into a box, which is also the container of a single value.
struct NodeEncoder: Encoder, SingleValueEncodingContainer {
    let box: NodeBox
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        box.makeSection()
        return KeyedEncodingContainer(SectionEncodingContainer(self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        box.makeList()
        return ListEncodingContainer(self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { box.makeScalar("null", isPlain: true) }

    func encode<Value: Encodable>(_ value: Value) throws {
        switch value {
        case let text as String: box.makeScalar(text, isPlain: false)
        case let flag as Bool: box.makeScalar(flag ? "true" : "false", isPlain: true)
        case let number as any FixedWidthInteger: encode(integer: number)
        case let number as any BinaryFloatingPoint: try encode(floating: number)
        default:
            try value.encode(to: self)
            // Dictionaries have no order; their text shall be the same at every time.
            if value is any Unordered { box.sort() }
        }
    }

    func encode(integer: any FixedWidthInteger) { box.makeScalar("\(integer)", isPlain: true) }

    private func encode(floating number: any BinaryFloatingPoint) throws(YAMLError) {
        guard number.isFinite else {
            throw YAMLError(mark: nil, path: codingPath.settingPath, message: "must be a finite number")
        }
        // The shortest text that reads back to the same number. Readers of YAML 1.1 want a point before the exponent.
        let text = "\(number)"
        let parts = text.split(separator: "e")
        let isBare = parts.count == 2 && !parts[0].contains(".")
        box.makeScalar(isBare ? "\(parts[0]).0e\(parts[1])" : text, isPlain: true)
    }
}

/// A dictionary whose keys are names.
private protocol Unordered {}

extension Dictionary: Unordered where Key == String {}
