/// How one number of a tensor is stored; all are little-endian. The raw value is its name in JSON.
enum ElementType: String, CaseIterable {
    case f32, f64, f16, u8, i8, i16, i32, i64

    /// Bytes of one number.
    var size: Int {
        switch self {
        case .u8, .i8: 1
        case .f16, .i16: 2
        case .f32, .i32: 4
        case .f64, .i64: 8
        }
    }

    /// The names, for messages.
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// Appends numbers as floats, rounded to the nearest.
    ///
    /// - Parameter data: A multiple of ``size`` bytes, at any alignment.
    func append(_ data: UnsafeRawBufferPointer, to floats: inout [Float]) {
        func append<Stored: BitwiseCopyable>(_: Stored.Type, _ value: (Stored) -> Float) {
            let start = floats.count
            let count = data.count / MemoryLayout<Stored>.size
            floats.append(contentsOf: repeatElement(0, count: count))
            floats.withUnsafeMutableBufferPointer { floats in
                for index in 0..<count {
                    let stored = data.loadUnaligned(
                        fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self)
                    floats[start + index] = value(stored)
                }
            }
        }
        switch self {
        #if _endian(little)
        case .f32:
            // As they are in memory.
            let start = floats.count
            floats.append(contentsOf: repeatElement(0, count: data.count / 4))
            floats.withUnsafeMutableBytes {
                UnsafeMutableRawBufferPointer(rebasing: $0[(start * 4)...]).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: data.prefix(data.count & ~3)))
            }
        #else
        case .f32: append(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
        #endif
        case .f64: append(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
        case .f16: append(UInt16.self) { Float(Float16(bitPattern: UInt16(littleEndian: $0))) }
        case .u8: append(UInt8.self) { Float($0) }
        case .i8: append(Int8.self) { Float($0) }
        case .i16: append(Int16.self) { Float(Int16(littleEndian: $0)) }
        case .i32: append(Int32.self) { Float(Int32(littleEndian: $0)) }
        case .i64: append(Int64.self) { Float(Int64(littleEndian: $0)) }
        }
    }
}
