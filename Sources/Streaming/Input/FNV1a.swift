/// A checksum of 32 bits that finds what a disk does to few bytes (Fowler, Noll and Vo).
struct FNV1a {
    private(set) var value: UInt32 = 2_166_136_261

    mutating func add(_ byte: UInt8) { value = (value ^ UInt32(byte)) &* 16_777_619 }

    /// Adds a number's bytes, the lowest first.
    mutating func add(_ number: Int64) {
        for shift in stride(from: Int64(0), to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
