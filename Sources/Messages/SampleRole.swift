/// What the evaluation does with a labelled sample.
public enum SampleRole: String, CaseIterable, Sendable {
    /// Weir chooses whether the sample is held out.
    case auto
    /// Learn from it, never hold it out.
    case train
    /// Never learn from it: it measures what is remembered.
    case holdout

    /// The number that is written for it, of `weir.v1.Role`; ``auto`` is left out.
    var protobufNumber: Int64 {
        switch self {
        case .auto: 0
        case .train: 2
        case .holdout: 3
        }
    }
}
