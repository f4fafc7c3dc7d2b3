/// A simple learner that a real one must beat, on the same stream under the same rules: one pass, predict
/// before learning, no second look.
public protocol Baseline: Sendable {
    /// What people call it.
    static var name: String { get }
    /// The class of a vector, or nil before anything was learned. Changes nothing.
    func predict(_ vector: ArraySlice<Float>) -> Int?
    /// Learns one labelled vector.
    mutating func learn(_ vector: ArraySlice<Float>, classIndex: Int)
}
