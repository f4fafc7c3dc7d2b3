import Protobuf

/// The message `weir.v1.Prediction` as it was read, before anything is checked but the form.
struct PredictionMessage {
    private var prediction = Prediction(
        id: "", sampleID: "", stream: "", label: nil, confidence: 0, isCalibrated: false, topK: [],
        model: ModelReference(id: "", revision: 0, tracesLearned: 0, hash: ""),
        source: RecordSource(topic: "", partition: 0, offset: 0), durationMicroseconds: 0,
        timestampMilliseconds: 0)
    private var codes: [Int] = []
    /// The number of an outcome; 0 when there is none.
    private var outcome: Int32 = 0
    private var hasModel = false
    private var hasSource = false
    private var frame = FramePlace(session: "", sequence: 0, isWarming: false)
    private var hasSession = false

    mutating func read(_ message: ProtobufReader) throws(ProtobufError) {
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): prediction.id = try reader.string()
            case (2, .lengthDelimited): prediction.sampleID = try reader.string()
            case (3, .lengthDelimited): prediction.stream = try reader.string()
            case (4, .lengthDelimited): prediction.label = try reader.string()
            case (5, .fixed32): prediction.confidence = try reader.float()
            case (6, .varint): prediction.isCalibrated = try reader.varint() != 0
            // What exceeds a list by more than one is walked over: that it is too long is known by then.
            case (7, .lengthDelimited) where prediction.topK.count <= Prediction.listMax:
                prediction.topK.append(try LabelScore(reader.message()))
            case (8, .lengthDelimited):
                try reader.packedVarints { code in
                    if codes.count <= Prediction.listMax {
                        codes.append(Int(Int32(truncatingIfNeeded: code)))
                    }
                }
            case (8, .varint) where codes.count <= Prediction.listMax:
                codes.append(Int(Int32(truncatingIfNeeded: try reader.varint())))
            case (10, .lengthDelimited): prediction.expected = try reader.string()
            case (11, .varint): prediction.isHoldout = try reader.varint() != 0
            case (12, .lengthDelimited):
                hasModel = true
                try prediction.model.merge(reader.message())
            case (13, .lengthDelimited):
                hasSource = true
                try prediction.source.merge(reader.message())
            case (14, .varint):
                prediction.durationMicroseconds = Int(Int64(bitPattern: try reader.varint()))
            case (15, .varint): prediction.timestampMilliseconds = Int64(bitPattern: try reader.varint())
            case (16, .lengthDelimited): prediction.candidate = try reader.string()
            case (17, .fixed32): prediction.distance = try reader.float()
            case (18, .lengthDelimited):
                // In place: a copy for each of many parts would take time by the square.
                if prediction.reasons == nil { prediction.reasons = Reasons.none }
                try prediction.reasons?.merge(reader.message())
            case (19, .lengthDelimited):
                hasSession = true
                frame.session = try reader.string()
            case (20, .varint): frame.sequence = Int64(bitPattern: try reader.varint())
            case (21, .varint): frame.isWarming = try reader.varint() != 0
            case (22, .varint): outcome = Int32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(field)
            }
        }
    }

    /// The prediction, when it can be one.
    func checked() throws(Rejection) -> Prediction {
        guard hasModel, hasSource else {
            throw Rejection(.protobuf, "\(hasModel ? "source" : "model") is missing")
        }
        let reasons = prediction.reasons ?? Reasons.none
        let longest = [
            codes.count, prediction.topK.count, reasons.prototypes.count, reasons.codebooksFor.count,
            reasons.codebooksAgainst.count, reasons.experts.count,
        ].max()
        guard longest ?? 0 <= Prediction.listMax else {
            throw Rejection(.protobuf, "a list has more than \(Prediction.listMax) elements")
        }
        var result = prediction
        guard result.confidence.isFinite, result.topK.allSatisfy(\.confidence.isFinite) else {
            throw Rejection(.protobuf, "confidence or topk[].confidence is not a finite number")
        }
        guard result.distance?.isFinite ?? true else {
            throw Rejection(.protobuf, "distance is not a finite number")
        }
        guard result.reasons?.isFinite ?? true else {
            throw Rejection(.protobuf, "reasons has a number that is not finite")
        }
        result.codes = codes.isEmpty ? nil : codes
        result.frame = hasSession ? frame : nil
        if result.label == nil { result.confidence = 0 }
        if let fault = try saidOutcome().contradiction(label: result.label, candidate: result.candidate) {
            throw Rejection(.protobuf, fault)
        }
        return result
    }

    private func saidOutcome() throws(Rejection) -> Prediction.Outcome {
        guard outcome != 0 else { throw Rejection(.protobuf, "outcome is missing") }
        guard let said = Prediction.Outcome.allCases.first(where: { $0.protobufNumber == outcome }) else {
            throw Rejection(
                .protobuf, "outcome is the unknown number \(outcome); use the values of weir.proto")
        }
        return said
    }
}

extension LabelScore {
    fileprivate init(_ message: ProtobufReader) throws(ProtobufError) {
        self.init(label: "", confidence: 0)
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): label = try reader.string()
            case (2, .fixed32): confidence = try reader.float()
            default: try reader.skip(field)
            }
        }
    }
}

extension ModelReference {
    fileprivate mutating func merge(_ message: ProtobufReader) throws(ProtobufError) {
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): id = try reader.string()
            case (3, .lengthDelimited): hash = try reader.string()
            case (4, .varint): revision = Int(Int64(bitPattern: try reader.varint()))
            case (5, .varint): tracesLearned = Int(Int64(bitPattern: try reader.varint()))
            default: try reader.skip(field)
            }
        }
    }
}
