/// What Weir answered to one sample or one frame.
public struct Prediction: Equatable, Sendable {
    /// What a prediction says.
    public enum Outcome: String, CaseIterable, Sendable {
        /// The label.
        case answered
        /// The sample is too unlike all that was learned: the label is withheld, and is the candidate.
        case unknown
        /// The model knows no class yet.
        case nothingLearned = "nothing_learned"

        /// That of an answer with this label, or else with this candidate.
        package init(label: String?, candidate: String?) {
            self = label != nil ? .answered : candidate != nil ? .unknown : .nothingLearned
        }

        /// What is wrong with a message that says this and has this label and this candidate; nil if nothing is.
        func contradiction(label: String?, candidate: String?) -> String? {
            guard self != Self(label: label, candidate: candidate) || label != nil && candidate != nil else {
                return nil
            }
            return switch self {
            case .answered: "outcome is answered; then there must be a label, and no candidate"
            case .unknown: "outcome is unknown; then there must be a candidate, and no label"
            case .nothingLearned: "outcome is nothing_learned; then there must be no label and no candidate"
            }
        }
    }

    /// UUID in text, the same whenever the same record is answered by the same state of the stream: readers drop repeats by
    /// it.
    public var id: String
    /// The id of the sample.
    public var sampleID: String
    /// The stream.
    public var stream: String
    /// The most likely class, or nil when there is no answer.
    public internal(set) var label: String?
    /// The belief in ``label``, 0 to 1; 0 when there is no answer.
    public var confidence: Float
    /// Whether ``confidence`` may be read as a probability.
    public var isCalibrated: Bool
    /// The most likely classes, best first.
    public var topK: [LabelScore]
    /// The chosen key of every codebook, or nil when it was not asked for.
    public var codes: [Int]?
    /// The class that would have been the answer, when it is withheld as unknown.
    public internal(set) var candidate: String?
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

    /// An answer. Without a label the confidence is 0. An answer with a label has no candidate.
    ///
    /// - Parameters:
    ///   - id: UUID in text, the same whenever the same record is answered by the same state of the stream.
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
        self.candidate = label == nil ? candidate : nil
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

    /// What it says, as ``label`` and ``candidate`` have it.
    public var outcome: Outcome { Outcome(label: label, candidate: candidate) }
}
