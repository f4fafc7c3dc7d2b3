/// Answers with the label it saw last: unbeatable by prequential accuracy in a stream that is ordered by class,
/// and worth nothing.
public struct RepeatLastLabel: Baseline {
    /// What people call it.
    public static let name = "repeat the last label"
    private var last: Int?

    /// Has seen nothing.
    public init() {}

    /// The label seen last.
    public func predict(_ vector: ArraySlice<Float>) -> Int? { last }

    /// Remembers the label.
    public mutating func learn(_ vector: ArraySlice<Float>, classIndex: Int) { last = classIndex }
}
