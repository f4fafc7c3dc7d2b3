// The standard library has bodies of its own for 128 bits, which only throw; they go before a generic one.

extension NodeDecoder {
    func decode(_ type: Int128.Type) throws -> Int128 { try value(of: type) }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try value(of: type) }
}

extension SectionDecodingContainer {
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try step(to: key).value(of: type) }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try step(to: key).value(of: type) }
}

extension ListDecodingContainer {
    mutating func decode(_ type: Int128.Type) throws -> Int128 { try next(type) }
    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try next(type) }
}

extension NodeEncoder {
    func encode(_ value: Int128) throws { encode(integer: value) }
    func encode(_ value: UInt128) throws { encode(integer: value) }
}

extension SectionEncodingContainer {
    func encode(_ value: Int128, forKey key: Key) throws { step(to: key).encode(integer: value) }
    func encode(_ value: UInt128, forKey key: Key) throws { step(to: key).encode(integer: value) }
}

extension ListEncodingContainer {
    func encode(_ value: Int128) throws { step().encode(integer: value) }
    func encode(_ value: UInt128) throws { step().encode(integer: value) }
}
