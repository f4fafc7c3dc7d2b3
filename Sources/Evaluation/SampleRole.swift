/// What a producer wants done with a labelled sample.
public enum SampleRole: String, Codable, Sendable, Equatable, CaseIterable {
    /// The hash of its id decides whether it is learned or held out.
    case auto
    /// Always learned, never held out.
    case train
    /// Never learned. Held out as long as there is room.
    case holdout
}
