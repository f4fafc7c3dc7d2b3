/// What the evaluation does with a labelled sample.
public enum SampleRole: String, CaseIterable, Sendable {
    /// Weir chooses whether the sample is held out.
    case auto
    /// Learn from it, never hold it out.
    case train
    /// Never learn from it: it measures what is remembered.
    case holdout
}
