/// What must be kept of all samples for an expert, beside exemplars and the weight of every class.
struct StatisticsNeeds: OptionSet, Sendable {
    let rawValue: Int

    /// The sums of scaled embeddings by class.
    static let sums = StatisticsNeeds(rawValue: 1)
    /// These, and the second moments over all classes.
    static let products = StatisticsNeeds(rawValue: 3)
    /// Sums and second moments of random features.
    static let features = StatisticsNeeds(rawValue: 4)
}
