import Tensors

extension Ensemble {
    /// Room for answers, kept from sample to sample.
    public struct Room: Sendable {
        var input: ExpertInput
        /// By expert: a score for each class.
        var scores: [[Float]] = []
        /// The best score of each expert; -infinity for one that was not solved for yet.
        var best: [Float] = []
        /// By class the combined score of the immediate experts.
        var immediate: [Float] = []
        /// The class with the best score of each expert.
        public internal(set) var favourites: [Int?] = []

        /// Room for an ensemble's answers.
        public init(_ ensemble: Ensemble) {
            input = ExpertInput(
                dimension: ensemble.settings.dimension, featureCount: ensemble.frozen?.random?.count ?? 0)
            best = [Float](repeating: 0, count: ensemble.configuration.experts.count)
            scores = [[Float]](repeating: [], count: ensemble.configuration.experts.count)
            favourites = [Int?](repeating: nil, count: ensemble.configuration.experts.count)
        }

        /// Whether this is room for the answers of an ensemble.
        package func fits(_ ensemble: Ensemble) -> Bool {
            input.vector.count == PaddedRows.padded(ensemble.settings.dimension)
                && input.features.count == PaddedRows.padded(ensemble.frozen?.random?.count ?? 0)
                && scores.count == ensemble.configuration.experts.count
        }
    }
}
