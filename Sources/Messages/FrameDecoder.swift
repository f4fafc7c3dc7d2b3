/// Turns the value, the key and the headers of a record into a ``Frame``, or says why not.
///
/// As ``SampleDecoder``: the format is the one that the header `content-type` names, else the stream's default;
/// `weir_role` and `weir_explain` stand in for what the value does not give, and the record's key for the session. No
/// bytes make it crash, and what it allocates is bounded by the size of the value.
public struct FrameDecoder: Sendable {
    /// What frames have in common with samples: vectors, labels, roles, limits.
    let common: SampleDecoder

    /// How many values a frame has.
    public var dimension: Int { common.dimension }

    /// A decoder.
    ///
    /// - Parameters:
    ///   - dimension: How many values a frame has, at least 1.
    ///   - limits: How large the parts of a record may be.
    ///   - defaultFormat: The format of records without a `content-type` header.
    public init(dimension: Int, limits: SampleLimits = SampleLimits(), defaultFormat: SampleFormat = .json) {
        var common = SampleDecoder(dimension: dimension, limits: limits, defaultFormat: defaultFormat)
        common.rowLimit = limits.frames
        self.common = common
    }

    /// Decodes one record.
    ///
    /// - Parameters:
    ///   - value: The value, or nil for a tombstone. It is not kept.
    ///   - key: The record's key, which names the session when the value does not. It is not kept.
    ///   - header: The last header of a name, or nil. Asked for `content-type`, `weir_role` and `weir_explain`.
    /// - Throws: A ``Rejection``, for the record's dead letter.
    public func decode(
        value: UnsafeRawBufferPointer?, key: UnsafeRawBufferPointer? = nil,
        header: (String) -> [UInt8]? = { _ in nil }
    ) throws(Rejection) -> Frame {
        let value = try common.checkValue(value)
        var values: [Float] = []
        let fields =
            switch try common.format(header) {
            case .json: try decodeJSON(value, into: &values)
            case .protobuf: try decodeProtobuf(value, into: &values)
            }
        return try frame(fields, values, key, header)
    }

    /// Joins what the value, the key and the headers say.
    private func frame(
        _ fields: FrameFields, _ values: [Float], _ key: UnsafeRawBufferPointer?,
        _ header: (String) -> [UInt8]?
    ) throws(Rejection) -> Frame {
        let session = try session(fields.session, key)
        let isEnd = fields.isEnd ?? false
        let count = fields.valueCount == nil ? 0 : fields.count ?? 1
        if let valueCount = fields.valueCount {
            guard valueCount == count * dimension else {
                throw Rejection(
                    .dimension,
                    "x has \(valueCount) values, \(count) frames have \(count * dimension); send \(dimension) "
                        + "for each frame, and say in frames how many there are")
            }
            guard fields.sequence != nil else {
                throw Rejection(
                    .sequence, "seq is missing; number the frames of a session one after another from 0")
            }
        } else {
            guard isEnd else {
                throw Rejection(.noFeatures, "x is missing; send \(dimension) numbers for each frame")
            }
            guard fields.count == nil else {
                throw Rejection(.frames, "frames is given without x; leave it out")
            }
        }
        return Frame(
            session: session, sequence: fields.sequence ?? 0, values: values, count: count,
            label: fields.label, role: try common.joined(fields.role, header),
            wantsReasons: try common.joined(fields.wantsReasons, header), isEnd: isEnd,
            answersLastOnly: fields.answersLastOnly ?? false)
    }

    private func session(
        _ named: String?, _ key: UnsafeRawBufferPointer?
    ) throws(Rejection) -> String {
        if let named {
            if let fault = SampleDecoder.fault(named, common.limits.idBytes) {
                throw Rejection(.session, "session \(fault)")
            }
            return named
        }
        guard let key else {
            throw Rejection(
                .noSession, "neither session nor the record's key names the session; send one of them")
        }
        guard let name = String(validating: key, as: UTF8.self) else {
            throw Rejection(.session, "the record's key, which stands for session, is not UTF-8")
        }
        if let fault = SampleDecoder.fault(name, common.limits.idBytes) {
            throw Rejection(.session, "the record's key, which stands for session, \(fault)")
        }
        return name
    }

    func checkSequence(_ number: Int64?) throws(Rejection) -> Int64 {
        guard let number, Frame.sequences.contains(number) else {
            throw Rejection(.sequence, "seq is not a whole number from 0 to 2^53")
        }
        return number
    }

    func checkCount(_ number: Int64?) throws(Rejection) -> Int {
        guard let number, 1...Int64(common.limits.frames) ~= number else {
            throw Rejection(.frames, "frames is not a whole number from 1 to \(common.limits.frames)")
        }
        return Int(number)
    }
}
