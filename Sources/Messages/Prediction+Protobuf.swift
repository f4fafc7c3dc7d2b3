import SwiftProtobuf

extension Prediction {
    /// The prediction as a message `weir.v1.Prediction`.
    ///
    /// - Throws: `E_TOO_LARGE` when a code, a codebook or a key does not fit in 32 bits, or the message in 2 GiB.
    public func encodeProtobuf() throws(Rejection) -> [UInt8] {
        var message = Weir_V1_Prediction()
        message.id = id
        message.sampleID = sampleID
        message.stream = stream
        if let label { message.label = label }
        message.confidence = confidence
        message.calibrated = isCalibrated
        message.topk = topK.map { score in
            var item = Weir_V1_LabelScore()
            item.label = score.label
            item.confidence = score.confidence
            return item
        }
        if let codes {
            message.codes.reserveCapacity(codes.count)
            for code in codes {
                guard let code = Int32(exactly: code) else {
                    throw Rejection(.tooLarge, "codes has a number of more than 32 bits")
                }
                message.codes.append(code)
            }
        }
        if let absent { message.absent = absent }
        if let candidate { message.candidate = candidate }
        if let distance, distance.isFinite { message.distance = distance }
        if let expected { message.expected = expected }
        message.holdout = isHoldout
        message.model.id = model.id
        message.model.version = Int64(model.version)
        message.model.hash = model.hash
        message.source = source.message
        message.durationUs = Int64(durationMicroseconds)
        message.tsMs = timestampMilliseconds
        if let reasons { message.reasons = try reasons.message() }
        return try message.encoded()
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
            reasons: message.hasReasons ? try Reasons(message.reasons) : nil)
        if !message.absent.isEmpty { absent = message.absent }
    }
}
