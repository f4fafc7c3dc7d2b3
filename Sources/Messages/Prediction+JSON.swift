import JSON
import Text

extension Prediction {
    /// The largest prediction that is read, bytes.
    static let payloadBytesMax = 1 << 20
    /// The most elements of any list in one: no stream has more codebooks.
    static let listMax = 4_096

    /// Appends the prediction as the object of `schemas/prediction.schema.json`, on one line.
    ///
    /// - Parameter bytes: Where the text goes. Equal predictions give equal bytes.
    public func encodeJSON(into bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { writer in
            writer.literal("{\"id\":")
            writer.string(id)
            writer.literal(",\"sample_id\":")
            writer.string(sampleID)
            if let frame {
                writer.literal(",\"session\":")
                writer.string(frame.session)
                writer.literal(",\"seq\":")
                writer.integer(frame.sequence)
                if frame.isWarming { writer.literal(",\"warming\":true") }
            }
            writer.literal(",\"stream\":")
            writer.string(stream)
            writer.literal(",\"outcome\":")
            writer.string(outcome.rawValue)
            writer.literal(",\"label\":")
            writer.string(label)
            writer.literal(",\"confidence\":")
            writer.number(confidence)
            writer.literal(",\"calibrated\":")
            writer.boolean(isCalibrated)
            writer.literal(",\"topk\":")
            writer.array(topK) { writer, score in
                writer.literal("[")
                writer.string(score.label)
                writer.literal(",")
                writer.number(score.confidence)
                writer.literal("]")
            }
            if let codes {
                writer.literal(",\"codes\":")
                writer.array(codes) { $0.integer(Int64($1)) }
            }
            if let candidate {
                writer.literal(",\"candidate\":")
                writer.string(candidate)
            }
            if let distance, distance.isFinite {
                writer.literal(",\"distance\":")
                writer.number(distance)
            }
            if let expected {
                writer.literal(",\"expected\":")
                writer.string(expected)
            }
            writer.literal(",\"holdout\":")
            writer.boolean(isHoldout)
            writer.literal(",\"model\":")
            model.write(to: &writer)
            writer.literal(",\"source\":")
            source.write(to: &writer)
            writer.literal(",\"duration_us\":")
            writer.integer(Int64(durationMicroseconds))
            writer.literal(",\"ts\":")
            writer.timestamp(timestampMilliseconds)
            if let reasons {
                writer.literal(",\"reasons\":")
                reasons.write(to: &writer)
            }
            writer.literal("}")
        }
    }

    /// Reads a prediction from JSON. Unknown members are walked over.
    ///
    /// - Parameter bytes: The text. It is not kept.
    /// - Throws: `E_TOO_LARGE` above 1 MiB; `E_JSON` with the path of what is missing or wrong.
    public init(json bytes: UnsafeRawBufferPointer) throws(Rejection) {
        guard bytes.count <= Self.payloadBytesMax else {
            throw Rejection(
                .tooLarge, "a prediction of \(bytes.count) bytes; the limit is \(Self.payloadBytesMax)")
        }
        var id: String?
        var sampleID: String?
        var stream: String?
        var label: String?
        var hasLabel = false
        var confidence: Float?
        var isCalibrated: Bool?
        var topK: [LabelScore]?
        var codes: [Int]?
        var outcome: Outcome?
        var candidate: String?
        var distance: Float?
        var expected: String?
        var isHoldout: Bool?
        var model: ModelReference?
        var source: RecordSource?
        var duration: Int64?
        var timestamp: Int64?
        var reasons: Reasons?
        var session: String?
        var sequence: Int64?
        var isWarming = false
        var reader = JSONReader(bytes)
        try reader.readObject("the value") { (reader, key) throws(Rejection) in
            switch key {
            case "id": id = try reader.readString("id")
            case "sample_id": sampleID = try reader.readString("sample_id")
            case "stream": stream = try reader.readString("stream")
            case "outcome": outcome = try Self.readOutcome(&reader)
            case "label":
                hasLabel = true
                label = try reader.readNull() ? nil : try reader.readString("label")
            case "confidence": confidence = try reader.readFiniteFloat("confidence")
            case "calibrated": isCalibrated = try reader.readBoolean("calibrated")
            case "topk": topK = try Self.readTopK(&reader)
            case "codes":
                var read: [Int] = []
                try reader.readArray("codes") { (reader, _) throws(Rejection) in
                    read.append(Int(try reader.readInteger("codes")))
                }
                codes = read
            case "candidate": candidate = try reader.readString("candidate")
            case "distance": distance = try reader.readFiniteFloat("distance")
            case "expected": expected = try reader.readString("expected")
            case "holdout": isHoldout = try reader.readBoolean("holdout")
            case "model": model = try ModelReference(&reader)
            case "source": source = try RecordSource(&reader, "source")
            case "duration_us": duration = try reader.readInteger("duration_us")
            case "ts": timestamp = try reader.readTimestamp("ts")
            case "reasons": reasons = try Reasons(&reader)
            case "session": session = try reader.readString("session")
            case "seq": sequence = try reader.readInteger("seq")
            case "warming": isWarming = try reader.readBoolean("warming")
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        guard hasLabel else { throw JSONReader.missing("label") }
        let said = try JSONReader.required(outcome, "outcome")
        if let fault = said.contradiction(label: label, candidate: candidate) {
            throw Rejection(.json, fault)
        }
        self.init(
            id: try JSONReader.required(id, "id"), sampleID: try JSONReader.required(sampleID, "sample_id"),
            stream: try JSONReader.required(stream, "stream"), label: label,
            confidence: try JSONReader.required(confidence, "confidence"),
            isCalibrated: try JSONReader.required(isCalibrated, "calibrated"),
            topK: try JSONReader.required(topK, "topk"), codes: codes, expected: expected,
            isHoldout: try JSONReader.required(isHoldout, "holdout"),
            model: try JSONReader.required(model, "model"),
            source: try JSONReader.required(source, "source"),
            durationMicroseconds: Int(try JSONReader.required(duration, "duration_us")),
            timestampMilliseconds: try JSONReader.required(timestamp, "ts"), candidate: candidate,
            distance: distance, reasons: reasons,
            frame: try session.map { (session) throws(Rejection) in
                FramePlace(
                    session: session, sequence: try JSONReader.required(sequence, "seq"), isWarming: isWarming
                )
            })
    }

    private static func readOutcome(_ reader: inout JSONReader) throws(Rejection) -> Outcome {
        guard let outcome = Outcome(rawValue: try reader.readString("outcome").asWord) else {
            throw Rejection(.json, "outcome is none of answered, unknown and nothing_learned")
        }
        return outcome
    }

    private static func readTopK(_ reader: inout JSONReader) throws(Rejection) -> [LabelScore] {
        var scores: [LabelScore] = []
        try reader.readArray("topk") { (reader, _) throws(Rejection) in
            var label: String?
            var confidence: Float?
            try reader.readArray("topk[]") { (reader, index) throws(Rejection) in
                switch index {
                case 0: label = try reader.readString("topk[][0]")
                case 1: confidence = try reader.readFiniteFloat("topk[][1]")
                default: try reader.skipValue()
                }
            }
            scores.append(
                LabelScore(
                    label: try JSONReader.required(label, "topk[][0]"),
                    confidence: try JSONReader.required(confidence, "topk[][1]")))
        }
        return scores
    }
}
