/// The element types that a safetensors file may hold and Weir reads.
public enum ElementType: String, Sendable, Codable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"

    /// Bytes of one element.
    public var size: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .int16, .uint16: 2
        case .int8, .uint8: 1
        }
    }
}

/// Raw numbers with their element type and shape, row-major and little-endian, as a file holds them.
public struct TensorData: Sendable, Equatable {
    /// What one element is.
    public let type: ElementType
    /// Sizes, outermost first; empty for a single number.
    public let shape: [Int]
    /// `shape.reduce(1, *) * type.size` bytes.
    public let bytes: [UInt8]

    /// A tensor of bytes that are known to fit.
    ///
    /// - Precondition: the number of bytes is that of the shape.
    public init(type: ElementType, shape: [Int], bytes: [UInt8]) {
        precondition(shape.reduce(1, *) * type.size == bytes.count, "bytes do not fit the shape")
        self.type = type
        self.shape = shape
        self.bytes = bytes
    }

    /// A tensor of single-precision numbers.
    public init(_ values: [Float], shape: [Int]) {
        self.init(type: .float32, shape: shape, bytes: values.withUnsafeBytes(Array.init))
    }

    /// A tensor of unsigned 32-bit integers.
    public init(_ values: [UInt32], shape: [Int]) {
        self.init(type: .uint32, shape: shape, bytes: values.withUnsafeBytes(Array.init))
    }

    /// A tensor of unsigned 16-bit integers.
    public init(_ values: [UInt16], shape: [Int]) {
        self.init(type: .uint16, shape: shape, bytes: values.withUnsafeBytes(Array.init))
    }

    /// A tensor of unsigned 64-bit integers.
    public init(_ values: [UInt64], shape: [Int]) {
        self.init(type: .uint64, shape: shape, bytes: values.withUnsafeBytes(Array.init))
    }

    /// A tensor of double-precision numbers.
    public init(_ values: [Double], shape: [Int]) {
        self.init(type: .float64, shape: shape, bytes: values.withUnsafeBytes(Array.init))
    }

    /// A tensor of 64-bit integers.
    public init(_ values: [Int], shape: [Int]) {
        self.init(type: .int64, shape: shape, bytes: values.withUnsafeBytes(Array.init))
    }

    /// A tensor of 16-bit integers.
    public init(_ values: [Int16], shape: [Int]) {
        self.init(type: .int16, shape: shape, bytes: values.withUnsafeBytes(Array.init))
    }

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The elements converted to single precision, whatever their type.
    public func floats() -> [Float] {
        switch type {
        case .float32: load(as: Float.self)
        case .float64: load(as: Double.self).map { Float($0) }
        case .float16: load(as: UInt16.self).map { Float(halfBits: $0) }
        case .int64: load(as: Int64.self).map { Float($0) }
        case .int32: load(as: Int32.self).map { Float($0) }
        case .int16: load(as: Int16.self).map { Float($0) }
        case .int8: load(as: Int8.self).map { Float($0) }
        case .uint64: load(as: UInt64.self).map { Float($0) }
        case .uint32: load(as: UInt32.self).map { Float($0) }
        case .uint16: load(as: UInt16.self).map { Float($0) }
        case .uint8: bytes.map { Float($0) }
        }
    }

    /// The elements as integers, or nil when they are not of an integer type or do not fit.
    public func integers() -> [Int]? {
        switch type {
        case .float64, .float32, .float16: nil
        case .int64: load(as: Int64.self).map { Int($0) }
        case .int32: load(as: Int32.self).map { Int($0) }
        case .int16: load(as: Int16.self).map { Int($0) }
        case .int8: load(as: Int8.self).map { Int($0) }
        case .uint64:
            load(as: UInt64.self).allSatisfy { $0 <= UInt64(Int.max) }
                ? load(as: UInt64.self).map { Int($0) } : nil
        case .uint32: load(as: UInt32.self).map { Int($0) }
        case .uint16: load(as: UInt16.self).map { Int($0) }
        case .uint8: bytes.map { Int($0) }
        }
    }

    /// The bytes read as elements of a type of the same size.
    ///
    /// - Precondition: `Element` has the size of the tensor's element type.
    public func load<Element: BitwiseCopyable>(as: Element.Type) -> [Element] {
        precondition(MemoryLayout<Element>.size == type.size, "element sizes differ")
        return [Element](unsafeUninitializedCapacity: count) { buffer, filled in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            filled = count
        }
    }
}

extension Float {
    /// The value of an IEEE 754 half-precision number.
    public init(halfBits bits: UInt16) {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 31)
        let fraction = Float(bits & 1023)
        switch exponent {
        case 0: self = sign * fraction * 0x1p-24
        case 31: self = fraction == 0 ? sign * .infinity : .nan
        default:
            self =
                sign * (1 + fraction * 0x1p-10) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }
}
