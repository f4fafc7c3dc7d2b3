/// What Weir answered to one sample or one frame.
public struct Prediction: Equatable, Sendable {
    /// The reason in ``absent`` when the model knows no class yet.
    public static let nothingLearned = "nothing_learned"
    /// The reason in ``absent`` when the sample is too unlike all that was learned, and the answer is withheld.
    public static let unknown = "unknown"

    /// UUID in text, the same whenever the same record is answered by the same model: readers drop repeats by
    /// it.
    public var id: String
    /// The id of the sample.
    public var sampleID: String
    /// The stream.
    public var stream: String
    /// The most likely class, or nil when there is no answer.
    public var label: String?
    /// The belief in ``label``, 0 to 1; 0 when there is no answer.
    public var confidence: Float
    /// Whether ``confidence`` may be read as a probability.
    public var isCalibrated: Bool
    /// The most likely classes, best first.
    public var topK: [LabelScore]
    /// The chosen key of every codebook, or nil when it was not asked for.
    public var codes: [Int]?
    /// Why there is no answer, or nil when there is one.
    public var absent: String?
    /// The class that would have been the answer, when it is withheld as ``unknown``.
    public var candidate: String?
    /// How many standard deviations the scores of the best class lie below what is usual for known samples (below 0
    /// when they lie above), or nil when that is not known. One that is not finite is not written.
    public var distance: Float?
    /// The true class, when the sample carried it.
    public var expected: String?
    /// Whether the sample is held out: nothing is learned from it.
    public var isHoldout: Bool
    /// The model that answered.
    public var model: ModelReference
    /// The record of the sample.
    public var source: RecordSource
    /// Time spent on it, microseconds.
    public var durationMicroseconds: Int
    /// The time of the sample's record, milliseconds since 1970, so that a repeated answer is the same; when it was
    /// answered is the time of the prediction's own record.
    public var timestampMilliseconds: Int64
    /// Why the answer is what it is, when the sample asked for it.
    public var reasons: Reasons?
    /// Which frame it answers; nil for a sample.
    public var frame: FramePlace?

    /// An answer. Without a label the confidence is 0, and the reason is ``unknown`` when there is a candidate,
    /// else ``nothingLearned``. An answer with a label has no candidate.
    ///
    /// - Parameters:
    ///   - id: UUID in text, the same whenever the same record is answered by the same model.
    ///   - sampleID: The id of the sample.
    ///   - stream: The stream.
    ///   - label: The most likely class, or nil when nothing is learned or the answer is withheld.
    ///   - confidence: The belief in the label, 0 to 1.
    ///   - isCalibrated: Whether the confidence may be read as a probability.
    ///   - topK: The most likely classes, best first.
    ///   - codes: The chosen key of every codebook, each in the range of Int32, or nil.
    ///   - expected: The true class, when the sample carried it.
    ///   - isHoldout: Whether the sample is held out.
    ///   - model: The model that answered.
    ///   - source: The record of the sample.
    ///   - durationMicroseconds: Time spent on it.
    ///   - timestampMilliseconds: The time of the sample's record, since 1970.
    ///   - candidate: The class that is withheld, when the sample is unknown.
    ///   - distance: How many standard deviations the scores lie below those of known samples, or nil.
    ///   - reasons: Why the answer is what it is, when the sample asked for it.
    ///   - frame: Which frame it answers; nil for a sample.
    public init(
        id: String, sampleID: String, stream: String, label: String?, confidence: Float, isCalibrated: Bool,
        topK: [LabelScore], codes: [Int]? = nil, expected: String? = nil, isHoldout: Bool = false,
        model: ModelReference, source: RecordSource, durationMicroseconds: Int, timestampMilliseconds: Int64,
        candidate: String? = nil, distance: Float? = nil, reasons: Reasons? = nil, frame: FramePlace? = nil
    ) {
        self.id = id
        self.sampleID = sampleID
        self.stream = stream
        self.label = label
        self.confidence = label == nil ? 0 : confidence
        self.isCalibrated = isCalibrated
        self.topK = topK
        self.codes = codes
        if label == nil {
            absent = candidate == nil ? Self.nothingLearned : Self.unknown
            self.candidate = candidate
        }
        self.distance = distance
        self.expected = expected
        self.isHoldout = isHoldout
        self.model = model
        self.source = source
        self.durationMicroseconds = durationMicroseconds
        self.timestampMilliseconds = timestampMilliseconds
        self.reasons = reasons
        self.frame = frame
    }
}
