import Protobuf

extension Prediction {
    /// The prediction as a message `weir.v1.Prediction`.
    ///
    /// - Throws: `E_TOO_LARGE` when a code, a codebook or a key does not fit in 32 bits, or the message in 2 GiB.
    public func encodeProtobuf() throws(Rejection) -> [UInt8] {
        var codes: [Int32] = []
        if let list = self.codes {
            codes.reserveCapacity(list.count)
            for code in list {
                guard let code = Int32(exactly: code) else {
                    throw Rejection(.tooLarge, "codes has a number of more than 32 bits")
                }
                codes.append(code)
            }
        }
        try reasons?.checkRange()
        return try ProtobufWriter.checkedMessage(
            expectedBytes: 400 + codes.count * 2 + (reasons?.protobufBytesLikely ?? 0)
        ) { write(to: &$0, codes: codes) }
    }

    /// Writes the fields by their numbers in `schemas/weir.proto`.
    private func write(to writer: inout ProtobufWriter, codes: [Int32]) {
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
        writer.integersIfSet(8, codes)
        if let expected { writer.string(10, expected) }
        writer.booleanIfSet(11, isHoldout)
        writer.message(12) {
            $0.stringIfSet(1, model.id)
            $0.stringIfSet(3, model.hash)
            $0.integerIfSet(4, Int64(model.revision))
            $0.integerIfSet(5, Int64(model.tracesLearned))
        }
        writer.message(13) { source.write(to: &$0) }
        writer.integerIfSet(14, Int64(durationMicroseconds))
        writer.integerIfSet(15, timestampMilliseconds)
        if let candidate { writer.string(16, candidate) }
        if let distance, distance.isFinite { writer.float(17, distance) }
        if let reasons { writer.message(18) { reasons.write(to: &$0) } }
        if let frame {
            writer.string(19, frame.session)
            writer.integer(20, frame.sequence)
            writer.booleanIfSet(21, frame.isWarming)
        }
        writer.integer(22, outcome.protobufNumber)
    }

    /// Reads a prediction from a message `weir.v1.Prediction`. Unknown fields are walked over. An empty list of
    /// codes cannot be told from none and is read as none.
    ///
    /// - Parameter bytes: The message. It is not kept.
    /// - Throws: `E_TOO_LARGE` above 1 MiB; `E_PROTOBUF` for what is not such a message, lacks its model, source
    ///   or outcome, or has an outcome that its label and candidate contradict.
    public init(protobuf bytes: UnsafeRawBufferPointer) throws(Rejection) {
        guard bytes.count <= Self.payloadBytesMax else {
            throw Rejection(
                .tooLarge, "a prediction of \(bytes.count) bytes; the limit is \(Self.payloadBytesMax)")
        }
        var message = PredictionMessage()
        do {
            try message.read(ProtobufReader(bytes))
        } catch {
            throw error.rejection(expecting: "Prediction")
        }
        self = try message.checked()
    }
}

extension Prediction.Outcome {
    /// Its number in `weir.v1.Outcome`.
    var protobufNumber: Int64 {
        switch self {
        case .answered: 1
        case .unknown: 2
        case .nothingLearned: 3
        }
    }
}
