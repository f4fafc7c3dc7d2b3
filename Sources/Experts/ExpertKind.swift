/// The readouts that the ensemble can ask, each an expert with a weight of its own.
public enum ExpertKind: String, Sendable, Codable, CaseIterable {
    /// Log-odds of counts at the nearest keys: ``CountReadout``.
    case counts
    /// One mean a class: ``ClassMeans``.
    case means
    /// Several prototypes a class: ``ClassPrototypes``.
    case prototypes
    /// Means under a shared covariance: ``SharedCovariance``.
    case covariance
    /// Ridge regression on random features: ``RidgeReadout``.
    case ridge
    /// Trainable prototypes: ``TrainedPrototypes``.
    case trained
}
