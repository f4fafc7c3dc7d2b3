/// One sample of a stream, with or without its label.
///
/// A value of this type that came out of ``SampleDecoder`` is sound: the id and the label are non-empty text
/// without control characters, the features are finite and as many as the stream has dimensions, the weight is
/// in ``weights``.
public struct Sample: Equatable, Sendable {
    /// The weights a sample may have.
    public static let weights = 1...10_000

    /// What the producer calls the sample.
    public var id: String
    /// The features, as many as the stream has dimensions.
    public var features: [Float]
    /// The class, or nil when it is not known.
    public var label: String?
    /// How many times the sample counts when it is learned.
    public var weight: Int
    /// What the evaluation does with it.
    public var role: SampleRole
    /// Whether the prediction shall give its reasons.
    public var wantsReasons: Bool

    /// A sample.
    ///
    /// - Parameters:
    ///   - id: What the producer calls the sample.
    ///   - features: The features.
    ///   - label: The class, or nil when it is not known.
    ///   - weight: How many times it counts, in ``weights``.
    ///   - role: What the evaluation does with it.
    ///   - wantsReasons: Whether the prediction shall give its reasons.
    public init(
        id: String, features: [Float], label: String? = nil, weight: Int = 1, role: SampleRole = .auto,
        wantsReasons: Bool = false
    ) {
        self.id = id
        self.features = features
        self.label = label
        self.weight = weight
        self.role = role
        self.wantsReasons = wantsReasons
    }
}
