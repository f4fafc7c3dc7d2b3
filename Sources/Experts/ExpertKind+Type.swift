extension ExpertKind {
    /// What the expert is: the one place that knows all of them.
    var type: any Expert.Type {
        switch self {
        case .counts: CountsExpert.self
        case .means: ClassMeans.self
        case .prototypes: ClassPrototypes.self
        case .covariance: SharedCovariance.self
        case .ridge: RidgeReadout.self
        case .trained: TrainedExpert.self
        }
    }
}
