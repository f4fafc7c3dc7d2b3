import Protobuf

/// The vector of a message while it is read: the list `x` and the message `tensor`, of which one may be given.
///
/// Numbers stay in the record until the whole message was read, and are then written where they are wanted. Only a
/// list that is given in pieces is gathered, up to the most numbers that a record may have.
struct VectorFields {
    /// The message `weir.v1.Tensor`.
    struct Tensor {
        /// The number of the type, also of an unknown one.
        var type: Int32 = 0
        var shape = TensorShape()
        var data = UnsafeRawBufferPointer(start: nil, count: 0)

        /// Reads the message on: what it gives once more replaces what was read, and a list goes on.
        mutating func merge(_ message: ProtobufReader) throws(ProtobufError) {
            var reader = message
            while let field = try reader.nextField() {
                switch (field.number, field.type) {
                case (1, .varint): type = Int32(truncatingIfNeeded: try reader.varint())
                case (2, .lengthDelimited):
                    try reader.packedVarints { shape.append(Int64(bitPattern: $0)) }
                case (2, .varint): shape.append(Int64(bitPattern: try reader.varint()))
                case (3, .lengthDelimited): data = try reader.content()
                default: try reader.skip(field)
                }
            }
        }
    }

    /// How many numbers `x` has.
    private(set) var listCount = 0
    /// `x` when it was given as one packed list.
    private var list = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `x` when it was given in pieces, up to the limit.
    private var pieces: [Float] = []
    /// The tensor, once it was given.
    private(set) var tensor: Tensor?
    /// The most numbers that a record may have.
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Takes a packed list, at any alignment.
    mutating func append(list bytes: UnsafeRawBufferPointer) {
        guard listCount > 0 else {
            list = bytes
            listCount = bytes.count / 4
            return
        }
        spill()
        for place in stride(from: 0, to: min(bytes.count, (limit - pieces.count) * 4), by: 4) {
            let bits = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
            pieces.append(Float(bitPattern: UInt32(littleEndian: bits)))
        }
        listCount += bytes.count / 4
    }

    /// Takes a number that stands by itself.
    mutating func append(_ number: Float) {
        spill()
        if pieces.count < limit { pieces.append(number) }
        listCount += 1
    }

    private mutating func spill() {
        guard !list.isEmpty else { return }
        ElementType.f32.append(UnsafeRawBufferPointer(rebasing: list.prefix(limit * 4)), to: &pieces)
        list = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    mutating func merge(tensor message: ProtobufReader) throws(ProtobufError) {
        if tensor == nil { tensor = Tensor() }
        try tensor?.merge(message)
    }

    /// Whether there is nothing to be written.
    var isEmpty: Bool { listCount == 0 && tensor == nil }

    /// Writes the numbers to the end of `vectors`, checked.
    ///
    /// - Returns: How many there are, or nil when none were given.
    func write(to vectors: inout [Float], for decoder: SampleDecoder) throws(Rejection) -> Int? {
        let start = vectors.count
        if let tensor {
            guard listCount == 0 else {
                throw Rejection(.conflict, "x and tensor are both given; send the features once")
            }
            let types = ElementType.allCases
            // They stand in the order of `weir.v1.DType`, which begins with 1.
            guard types.indices.contains(Int(tensor.type) - 1) else {
                throw Rejection(
                    .dtype,
                    "tensor.dtype is missing or unknown; use one of \(ElementType.names) of weir.proto")
            }
            try decoder.write(
                types[Int(tensor.type) - 1], shape: tensor.shape, data: tensor.data, to: &vectors, "tensor")
        } else {
            guard listCount > 0 else { return nil }
            guard decoder.fits(listCount) else { throw decoder.wrongDimension(listCount, "x") }
            if pieces.isEmpty {
                ElementType.f32.append(list, to: &vectors)
            } else {
                vectors.append(contentsOf: pieces)
            }
            try decoder.checkFeatures(vectors, from: start, "x")
        }
        return vectors.count - start
    }
}
