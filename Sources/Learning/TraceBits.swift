/// Whole numbers of the same few bits each, one after the other, lowest bit first. The bits after the last are zeros.
enum TraceBits {
    /// The bytes that so many numbers take.
    static func size(_ count: Int, width: Int) -> Int { (count * width + 7) / 8 }

    /// Appends numbers, each below 2^width.
    static func append(_ values: some Sequence<UInt16>, width: Int, to bytes: inout [UInt8]) {
        var pending: UInt32 = 0
        var filled = 0
        for value in values {
            pending |= UInt32(value) << filled
            filled += width
            while filled >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                filled -= 8
            }
        }
        if filled > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
    }

    /// Reads numbers back.
    ///
    /// - Parameter bytes: as many as ``size(_:width:)`` says.
    /// - Returns: nil when a bit after the last number is set.
    static func values(_ bytes: UnsafeRawBufferPointer, count: Int, width: Int) -> [UInt16]? {
        var values: [UInt16] = []
        values.reserveCapacity(count)
        var pending: UInt32 = 0
        var filled = 0
        for byte in bytes {
            pending |= UInt32(byte) << filled
            filled += 8
            while filled >= width, values.count < count {
                values.append(UInt16(pending & ((1 << width) - 1)))
                pending >>= width
                filled -= width
            }
        }
        return pending == 0 ? values : nil
    }
}
