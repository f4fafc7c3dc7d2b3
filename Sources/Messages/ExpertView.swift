/// What one of the experts behind an answer says by itself.
public struct ExpertView: Equatable, Sendable {
    /// What the expert is called, such as `counts`.
    public var name: String
    /// Its share of the say, 0 to 1; those of all experts add up to 1.
    public var weight: Float
    /// Its most likely class, or nil when it knows none.
    public var label: String?
    /// Its belief in ``label``, 0 to 1; 0 without a label.
    public var confidence: Float

    /// The view of an expert. Without a label the confidence is 0.
    ///
    /// - Parameters:
    ///   - name: What the expert is called.
    ///   - weight: Its share of the say, 0 to 1; those of all experts add up to 1.
    ///   - label: Its most likely class, or nil when it knows none.
    ///   - confidence: Its belief in the label, 0 to 1.
    public init(name: String, weight: Float, label: String?, confidence: Float) {
        self.name = name
        self.weight = weight
        self.label = label
        self.confidence = label == nil ? 0 : confidence
    }
}
