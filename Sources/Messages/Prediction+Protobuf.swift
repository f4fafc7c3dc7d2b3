import SwiftProtobuf

extension Prediction {
    /// The prediction as a message `weir.v1.Prediction`.
    ///
    /// - Throws: `E_TOO_LARGE` when a code, a codebook or a key does not fit in 32 bits, or the message in 2 GiB.
    public func encodeProtobuf() throws(Rejection) -> [UInt8] {
        let codes = try (codes ?? []).map { (code) throws(Rejection) in
            guard let code = Int32(exactly: code) else {
                throw Rejection(.tooLarge, "codes has a number of more than 32 bits")
            }
            return code
        }
        let reasons = try reasons?.message().encoded()
        var writer = ProtobufWriter()
        writer.bytes.reserveCapacity(384 + codes.count * 2 + (reasons?.count ?? 0))
        write(to: &writer, codes: codes, reasons: reasons)
        guard writer.bytes.count <= Int32.max else {
            throw Rejection(.tooLarge, "the message exceeds the 2 GiB that Protocol Buffers allow")
        }
        return writer.bytes
    }

    /// Writes the fields by their numbers in `schemas/weir.proto`.
    private func write(to writer: inout ProtobufWriter, codes: [Int32], reasons: [UInt8]?) {
        writer.stringIfSet(1, id)
        writer.stringIfSet(2, sampleID)
        writer.stringIfSet(3, stream)
        if let label { writer.string(4, label) }
        writer.floatIfSet(5, confidence)
        writer.booleanIfSet(6, isCalibrated)
        for score in topK {
            writer.message(7) {
                $0.stringIfSet(1, score.label)
                $0.floatIfSet(2, score.confidence)
            }
        }
        if !codes.isEmpty {
            writer.message(8) { for code in codes { $0.varint(UInt64(bitPattern: Int64(code))) } }
        }
        if let absent { writer.stringIfSet(9, absent) }
        if let expected { writer.string(10, expected) }
        writer.booleanIfSet(11, isHoldout)
        writer.message(12) {
            $0.stringIfSet(1, model.id)
            $0.integerIfSet(2, Int64(model.version))
            $0.stringIfSet(3, model.hash)
        }
        writer.message(13) {
            $0.stringIfSet(1, source.topic)
            $0.integerIfSet(2, Int64(source.partition))
            $0.integerIfSet(3, source.offset)
        }
        writer.integerIfSet(14, Int64(durationMicroseconds))
        writer.integerIfSet(15, timestampMilliseconds)
        if let candidate { writer.string(16, candidate) }
        if let distance, distance.isFinite { writer.float(17, distance) }
        if let reasons { writer.message(18) { $0.bytes.append(contentsOf: reasons) } }
        if let frame {
            writer.string(19, frame.session)
            writer.integer(20, frame.sequence)
            writer.booleanIfSet(21, frame.isWarming)
        }
    }

    /// Reads a prediction from a message `weir.v1.Prediction`. Unknown fields are walked over. An empty list of
    /// codes cannot be told from none and is read as none.
    ///
    /// - Parameter bytes: The message. It is not kept.
    /// - Throws: `E_TOO_LARGE` above 1 MiB; `E_PROTOBUF` for what is not such a message or lacks its model or
    ///   source.
    public init(protobuf bytes: UnsafeRawBufferPointer) throws(Rejection) {
        guard bytes.count <= Self.payloadBytesMax else {
            throw Rejection(
                .tooLarge, "a prediction of \(bytes.count) bytes; the limit is \(Self.payloadBytesMax)")
        }
        let message = try ProtobufFault.decode(Weir_V1_Prediction.self, bytes)
        guard message.hasModel, message.hasSource else {
            throw Rejection(.protobuf, "\(message.hasModel ? "source" : "model") is missing")
        }
        guard message.confidence.isFinite, message.topk.allSatisfy(\.confidence.isFinite) else {
            throw Rejection(.protobuf, "confidence or topk[].confidence is not a finite number")
        }
        guard message.distance.isFinite else {
            throw Rejection(.protobuf, "distance is not a finite number")
        }
        self.init(
            id: message.id, sampleID: message.sampleID, stream: message.stream,
            label: message.hasLabel ? message.label : nil, confidence: message.confidence,
            isCalibrated: message.calibrated,
            topK: message.topk.map { LabelScore(label: $0.label, confidence: $0.confidence) },
            codes: message.codes.isEmpty ? nil : message.codes.map(Int.init),
            expected: message.hasExpected ? message.expected : nil, isHoldout: message.holdout,
            model: ModelReference(
                id: message.model.id, version: Int(message.model.version), hash: message.model.hash),
            source: RecordSource(message.source), durationMicroseconds: Int(message.durationUs),
            timestampMilliseconds: message.tsMs, candidate: message.hasCandidate ? message.candidate : nil,
            distance: message.hasDistance ? message.distance : nil,
            reasons: message.hasReasons ? try Reasons(message.reasons) : nil,
            frame: message.hasSession
                ? FramePlace(
                    session: message.session, sequence: message.seq, isWarming: message.warming) : nil)
        if !message.absent.isEmpty { absent = message.absent }
    }
}
