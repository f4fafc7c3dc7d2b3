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

    /// Reads numbers as floats, rounding to the nearest.
    ///
    /// - Parameter data: Exactly ``size`` bytes a number, at any alignment.
    func floats(_ data: UnsafeRawBufferPointer) -> [Float] {
        func read<Stored: BitwiseCopyable>(_: Stored.Type, _ value: (Stored) -> Float) -> [Float] {
            let count = data.count / MemoryLayout<Stored>.size
            return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                for index in 0..<count {
                    let stored = data.loadUnaligned(
                        fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self)
                    buffer.initializeElement(at: index, to: value(stored))
                }
                initialized = count
            }
        }
        return switch self {
        case .f32: read(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
        case .f64: read(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
        case .f16: read(UInt16.self) { Float(Float16(bitPattern: UInt16(littleEndian: $0))) }
        case .u8: read(UInt8.self) { Float($0) }
        case .i8: read(Int8.self) { Float($0) }
        case .i16: read(Int16.self) { Float(Int16(littleEndian: $0)) }
        case .i32: read(Int32.self) { Float(Int32(littleEndian: $0)) }
        case .i64: read(Int64.self) { Float(Int64(littleEndian: $0)) }
        }
    }
}
