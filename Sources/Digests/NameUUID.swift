import COpenSSL

/// Version 5 UUIDs (RFC 9562, section 5.5): the same name gives the same UUID, everywhere and for ever.
public struct NameUUID: Sendable {
    private var prefix: [UInt8]

    /// A generator for names that begin with `prefix`, in the namespace of URLs.
    public init(prefix: String) {
        // 6ba7b811-9dad-11d1-80b4-00c04fd430c8, the RFC's namespace for URLs.
        self.prefix = [
            0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
        ]
        self.prefix.append(contentsOf: prefix.utf8)
    }

    /// The UUID of the prefix followed by `name`, in the usual 36 characters.
    public func uuid(of name: String) -> String {
        var input = prefix
        input.append(contentsOf: name.utf8)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { hash in
            SHA1(input, input.count, hash.baseAddress)
            hash[6] = hash[6] & 0x0f | 0x50
            hash[8] = hash[8] & 0x3f | 0x80
            return String(unsafeUninitializedCapacity: 36) { text in
                let digits: StaticString = "0123456789abcdef"
                var position = 0
                for index in 0..<16 {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        text[position] = UInt8(ascii: "-")
                        position += 1
                    }
                    text[position] = digits.utf8Start[Int(hash[index] >> 4)]
                    text[position + 1] = digits.utf8Start[Int(hash[index] & 15)]
                    position += 2
                }
                return position
            }
        }
    }
}
