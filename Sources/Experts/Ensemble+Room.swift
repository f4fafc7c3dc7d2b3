import Tensors

extension Ensemble.Room {
    /// Whether this is room for the answers of an ensemble.
    package func fits(_ ensemble: Ensemble) -> Bool {
        input.vector.count == PaddedRows.padded(ensemble.dimension)
            && input.features.count == PaddedRows.padded(ensemble.frozen?.random?.count ?? 0)
            && scores.count == ensemble.configuration.experts.count
    }
}
