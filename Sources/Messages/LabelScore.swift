/// One class and how much it is believed in. On the wire a pair: `["7", 0.93]`.
public struct LabelScore: Equatable, Sendable {
    /// The class.
    public var label: String
    /// The belief, 0 to 1.
    public var confidence: Float

    /// A class with its score.
    ///
    /// - Parameters:
    ///   - label: The class.
    ///   - confidence: The belief, 0 to 1.
    public init(label: String, confidence: Float) {
        self.label = label
        self.confidence = confidence
    }
}
