import Text

/// Turns the value and the headers of a record into a ``Sample`` or an ``Instruction``, or says why not.
///
/// The format is the one that the header `content-type` names, else the stream's default. The headers `ce_id`,
/// `weir_role` and `weir_explain` stand in for what the value does not give; a value and a header that disagree are
/// a conflict. No bytes make it crash, and what it allocates is bounded by the size of the value.
///
/// ```swift
/// let decoder = SampleDecoder(dimension: 64)
/// switch try decoder.decode(value: value, header: { name in headers[name] }) {
/// case .sample(let sample): …
/// case .instruction(let instruction): …
/// }
/// ```
public struct SampleDecoder: Sendable {
    /// How many features a sample has.
    public let dimension: Int
    /// How large the parts of a sample may be.
    public let limits: SampleLimits
    /// The format of records without a `content-type` header.
    public let defaultFormat: SampleFormat
    /// How many vectors of ``dimension`` numbers a record may hold, one after the other: a sample is one, frames are
    /// several.
    var rowLimit = 1

    /// A decoder.
    ///
    /// - Parameters:
    ///   - dimension: How many features a sample has, at least 1.
    ///   - limits: How large the parts of a sample may be.
    ///   - defaultFormat: The format of records without a `content-type` header.
    public init(dimension: Int, limits: SampleLimits = SampleLimits(), defaultFormat: SampleFormat = .json) {
        precondition(dimension > 0, "a sample has at least one feature")
        self.dimension = dimension
        self.limits = limits
        self.defaultFormat = defaultFormat
    }

    /// Decodes one record.
    ///
    /// - Parameters:
    ///   - value: The value, or nil for a tombstone. It is not kept.
    ///   - header: The last header of a name, or nil. Asked for `content-type`, `ce_id`, `weir_role` and
    ///     `weir_explain`.
    /// - Returns: A sound sample, or a sound instruction.
    /// - Throws: A ``Rejection``, for the record's dead letter.
    public func decode(
        value: UnsafeRawBufferPointer?, header: (String) -> [UInt8]? = { _ in nil }
    ) throws(Rejection) -> SampleRecord {
        var features: [Float] = []
        switch try decode(value: value, header: header, into: &features) {
        case .sample(var sample):
            sample.features = features
            return .sample(sample)
        case .instruction(.unlearn(let id, _, let label, let weight)):
            return .instruction(.unlearn(id: id, features: features, label: label, weight: weight))
        case .instruction(let instruction): return .instruction(instruction)
        }
    }

    /// Decodes one record, its features into the memory of a batch.
    ///
    /// - Parameters:
    ///   - value: The value, or nil for a tombstone. It is not kept.
    ///   - header: The last header of a name, or nil. Asked for `content-type`, `ce_id`, `weir_role` and
    ///     `weir_explain`.
    ///   - vectors: The features of a sample or of an unlearning go to its end, ``dimension`` of them. It is as it was
    ///     for any other record, and for one that is refused.
    /// - Returns: A sound sample or a sound instruction, its own features left empty.
    /// - Throws: A ``Rejection``, for the record's dead letter.
    public func decode(
        value: UnsafeRawBufferPointer?, header: (String) -> [UInt8]?, into vectors: inout [Float]
    ) throws(Rejection) -> SampleRecord {
        let start = vectors.count
        do {
            let value = try checkValue(value)
            let fields =
                switch try format(header) {
                case .json: try decodeJSON(value, into: &vectors)
                case .protobuf: try decodeProtobuf(value, into: &vectors)
                }
            switch fields {
            case .sample(let fields): return .sample(try sample(fields, header))
            case .instruction(let fields): return .instruction(try instruction(fields, header))
            }
        } catch {
            vectors.removeLast(vectors.count - start)
            throw error
        }
    }

    /// The value, when there is one and it is not too large.
    func checkValue(_ value: UnsafeRawBufferPointer?) throws(Rejection) -> UnsafeRawBufferPointer {
        guard let value else {
            throw Rejection(
                .tombstone, "the record has no value (a tombstone); \(noun)s are not deleted this way")
        }
        guard !value.isEmpty else {
            throw Rejection(.empty, "the value has no bytes; send a \(noun) as JSON or Protocol Buffers")
        }
        guard value.count <= limits.payloadBytes else {
            throw Rejection(
                .tooLarge,
                "the value has \(value.count) bytes, the limit is \(limits.payloadBytes); send less in one record"
            )
        }
        return value
    }

    /// The format of a record with these headers.
    func format(_ header: (String) -> [UInt8]?) throws(Rejection) -> SampleFormat {
        try header("content-type").map(SampleFormat.named) ?? defaultFormat
    }

    /// What a record holds, for messages.
    var noun: String { rowLimit == 1 ? "sample" : "frame" }

    /// Joins what the value and the headers say.
    private func sample(
        _ fields: SampleFields, _ header: (String) -> [UInt8]?
    ) throws(Rejection) -> Sample {
        guard let id = try joined(fields.id, header) else {
            throw Rejection(.noID, "neither id nor the header ce_id names the sample; send one of them")
        }
        let role = try joined(fields.role, header)
        let wantsReasons = try joined(fields.wantsReasons, header)
        guard fields.featureCount != nil else {
            throw Rejection(.noFeatures, "x is missing; send \(dimension) numbers")
        }
        return Sample(
            id: id, features: [], label: fields.label, weight: fields.weight ?? 1, role: role,
            wantsReasons: wantsReasons)
    }

    /// The role that the value or the header `weir_role` gives.
    func joined(_ role: SampleRole?, _ header: (String) -> [UInt8]?) throws(Rejection) -> SampleRole {
        guard let bytes = header("weir_role") else { return role ?? .auto }
        let named = try self.role(String(decoding: bytes, as: UTF8.self), "header weir_role")
        guard role == nil || role == named else {
            throw Rejection(
                .conflict, "role and header weir_role differ; send one of them, or the same in both")
        }
        return named
    }

    /// Whether the value or the header `weir_explain` asks for reasons.
    func joined(_ wantsReasons: Bool?, _ header: (String) -> [UInt8]?) throws(Rejection) -> Bool {
        guard let bytes = header("weir_explain") else { return wantsReasons ?? false }
        let named = try explain(bytes)
        guard wantsReasons == nil || wantsReasons == named else {
            throw Rejection(
                .conflict, "explain and header weir_explain differ; send one of them, or the same in both"
            )
        }
        return named
    }

    /// The id that the value or the header `ce_id` gives, or nil when neither does.
    func joined(_ id: String?, _ header: (String) -> [UInt8]?) throws(Rejection) -> String? {
        if let id { try checkID(id, "id") }
        guard let bytes = header("ce_id") else { return id }
        guard let named = String(validating: bytes, as: UTF8.self) else {
            throw Rejection(.id, "header ce_id: not UTF-8; encode the id as UTF-8")
        }
        try checkID(named, "header ce_id")
        guard id == nil || id == named else {
            throw Rejection(
                .conflict, "id and header ce_id name different samples; send one of them, or the same in both"
            )
        }
        return named
    }

    private func explain(_ header: [UInt8]) throws(Rejection) -> Bool {
        switch String(decoding: header.prefix(65), as: UTF8.self).asWord {
        case "true": return true
        case "false": return false
        default:
            throw Rejection(.explain, "header weir_explain is neither true nor false")
        }
    }

    // MARK: Checks that both formats share

    private func checkID(_ id: String, _ path: String) throws(Rejection) {
        if let fault = Self.fault(id, limits.idBytes) { throw Rejection(.id, "\(path) \(fault)") }
    }

    func checkLabel(_ label: String, _ path: String) throws(Rejection) {
        if let fault = Self.fault(label, limits.labelBytes) { throw Rejection(.label, "\(path) \(fault)") }
    }

    func role(_ name: String, _ path: String) throws(Rejection) -> SampleRole {
        guard let role = SampleRole(rawValue: name.asWord) else {
            // What stands there may be a label, where two columns were swapped: it is not repeated.
            throw Rejection(.role, "\(path) is none of auto, train and holdout")
        }
        return role
    }

    func checkWeight(_ weight: Double) throws(Rejection) -> Int {
        guard let whole = Int(exactly: weight), Sample.weights ~= whole else {
            throw Rejection(
                .weight,
                "weight is not a whole number from \(Sample.weights.lowerBound) to \(Sample.weights.upperBound)"
            )
        }
        return whole
    }

    /// Checks the numbers at the end of `vectors`, from `start` on.
    func checkFeatures(_ vectors: [Float], from start: Int, _ path: String) throws(Rejection) {
        guard vectors.count > start else {
            throw Rejection(.noFeatures, "\(path) is empty; send \(dimension) numbers")
        }
        guard fits(vectors.count - start) else { throw wrongDimension(vectors.count - start, path) }
        // All bits of the exponent are set in NaN and infinities alone. Whole numbers are compared, which the
        // compiler does several at once, where it may not reorder a sum of floats.
        let isFinite = vectors.withUnsafeBufferPointer { vectors in
            var found: UInt32 = 0
            for place in start..<vectors.count {
                found |= (vectors[place].bitPattern & 0x7f80_0000) &+ 0x0080_0000
            }
            return found & 0x8000_0000 == 0
        }
        guard isFinite else {
            let first = vectors[start...].firstIndex { !$0.isFinite } ?? start
            throw notFinite(path, first - start)
        }
    }

    /// Writes the features of a tensor to the end of `vectors`.
    func write(
        _ type: ElementType, shape: TensorShape, data: UnsafeRawBufferPointer, to vectors: inout [Float],
        _ path: String
    ) throws(Rejection) {
        guard shape.rank <= TensorShape.rankMax else {
            throw Rejection(
                .shape, "\(path).shape has \(shape.rank) axes, the limit is \(TensorShape.rankMax)")
        }
        if let axis = shape.faultyAxis {
            throw Rejection(.shape, "\(path).shape[\(axis)] is negative or makes the tensor too large")
        }
        let count = shape.count
        guard count.multipliedFullWidth(by: Int64(type.size)) == (0, UInt64(data.count)) else {
            throw Rejection(
                .shape,
                "\(path).shape says \(count) numbers of \(type.size) bytes, the data has \(data.count) bytes")
        }
        guard fits(Int(count)) else { throw wrongDimension(Int(count), "\(path).shape") }
        let start = vectors.count
        type.append(data, to: &vectors)
        try checkFeatures(vectors, from: start, path)
    }

    /// The most numbers that a record may hold.
    var valuesMax: Int { dimension * rowLimit }

    /// Whether so many numbers are whole vectors, and not too many.
    func fits(_ count: Int) -> Bool {
        count > 0 && count.isMultiple(of: dimension) && count / dimension <= rowLimit
    }

    func wrongDimension(_ count: Int, _ path: String) -> Rejection {
        guard rowLimit == 1 else {
            return Rejection(
                .dimension,
                "\(path) has \(count) values; a frame has \(dimension), and a record at most \(rowLimit) whole frames"
            )
        }
        return Rejection(
            .dimension,
            "\(path) has \(count) features, the stream has \(dimension); send exactly \(dimension)")
    }

    func notFinite(_ path: String, _ index: Int) -> Rejection {
        Rejection(
            .notFinite,
            "\(path)[\(index)] is not a finite 32-bit float (NaN, null, infinite or too large); mend it or leave "
                + "the \(noun) out")
    }

    /// What is wrong with a name, or nil.
    static func fault(_ text: String, _ bytesMax: Int) -> String? {
        if text.isEmpty { return "is empty" }
        if text.utf8.count > bytesMax { return "has \(text.utf8.count) bytes, the limit is \(bytesMax)" }
        let isPrintableASCII = text.utf8.withContiguousStorageIfAvailable {
            $0.allSatisfy { 0x20 <= $0 && $0 < 0x7f }
        }
        if isPrintableASCII == true { return nil }
        // The category Cc, which Unicode has promised not to change.
        for scalar in text.unicodeScalars where scalar.value < 0x20 || 0x7f...0x9f ~= scalar.value {
            return
                "has the control character U+\(String(scalar.value, radix: 16, uppercase: true)); remove it"
        }
        return nil
    }
}
