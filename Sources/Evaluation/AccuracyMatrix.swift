/// Task-based metrics of a continual learner, each named after the paper that defined it.
///
/// R[i][j] is the held-out accuracy on task j after training through task i, for T tasks. The same word means
/// different things in different papers and libraries, therefore no metric here is just "forgetting" or
/// "backward transfer". Indices in the formulas start at 1.
public struct AccuracyMatrix: Codable, Sendable, Equatable {
    /// R, row by row.
    public let rows: [[Double]]

    /// The number of tasks T.
    public var tasks: Int { rows.count }

    /// - Parameter rows: T rows of T accuracies, each 0 to 1, with T at least 1.
    /// - Throws: ``EvaluationError`` naming the row or the entry that does not fit.
    public init(_ rows: [[Double]]) throws(EvaluationError) {
        guard !rows.isEmpty else {
            throw EvaluationError(.invalidMatrix, "The accuracy matrix is empty; give one row a task.")
        }
        for (i, row) in rows.enumerated() {
            guard row.count == rows.count else {
                throw EvaluationError(
                    .invalidMatrix,
                    "Row \(i) of the accuracy matrix has \(row.count) entries; give \(rows.count), one a task."
                )
            }
            for (j, accuracy) in row.enumerated() where !(0...1).contains(accuracy) {
                throw EvaluationError(
                    .invalidMatrix, "R[\(i)][\(j)] is \(accuracy); an accuracy is a number from 0 to 1.")
            }
        }
        self.rows = rows
    }

    /// - Throws: `DecodingError`, or ``EvaluationError`` as for ``init(_:)``.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(container.decode([[Double]].self, forKey: .rows))
    }

    /// A_T = 1/T sum over j of R[T,j].
    public var averageAccuracy: Double {
        rows[tasks - 1].reduce(0, +) / Double(tasks)
    }

    /// The mean over t of 1/t sum over j <= t of R[t,j] (Rebuffi et al. 2017, iCaRL).
    public var averageIncrementalAccuracy: Double {
        let averages = rows.enumerated().map { i, row in row[...i].reduce(0, +) / Double(i + 1) }
        return averages.reduce(0, +) / Double(tasks)
    }

    /// F_T = 1/(T-1) sum over j < T of (max over l < T of R[l,j] - R[T,j]) (Chaudhry et al. 2018).
    ///
    /// The maximum runs over all rows before the last, also those before task j was trained, as in the paper.
    public var forgettingChaudhry2018: MetricValue {
        meanOfEarlierTasks { j in
            (0..<(tasks - 1)).reduce(0) { max($0, rows[$1][j]) } - rows[tasks - 1][j]
        }
    }

    /// 1/(T-1) sum over j < T of (R[j,j] - R[T,j]): the first record minus the last, not the highest, as Avalanche
    /// counts it. It is the negative of ``bwtLopezPaz2017``.
    public var forgettingFirstMinusLast: MetricValue {
        meanOfEarlierTasks { j in rows[j][j] - rows[tasks - 1][j] }
    }

    /// BWT = 1/(T-1) sum over j < T of (R[T,j] - R[j,j]) (Lopez-Paz and Ranzato 2017, GEM).
    public var bwtLopezPaz2017: MetricValue {
        meanOfEarlierTasks { j in rows[tasks - 1][j] - rows[j][j] }
    }

    /// FWT = 1/(T-1) sum over j > 1 of (R[j-1,j] - b_j) (Lopez-Paz and Ranzato 2017, GEM).
    ///
    /// - Parameter baseline: b, the accuracy of an untrained model on each of the T tasks. For a growing set of classes
    ///   state which was taken: 0, or chance.
    /// - Throws: ``EvaluationError`` when it does not have T entries from 0 to 1.
    public func fwtLopezPaz2017(baseline: [Double]) throws(EvaluationError) -> MetricValue {
        guard baseline.count == tasks, baseline.allSatisfy((0...1).contains) else {
            throw EvaluationError(
                .invalidMatrix,
                "The baseline \(baseline) does not fit; give \(tasks) accuracies from 0 to 1, one a task.")
        }
        return meanOfEarlierTasks { j in rows[j][j + 1] - baseline[j + 1] }
    }

    /// BWT = sum over i = 2...T and j < i of (R[i,j] - R[j,j]), divided by T(T-1)/2 (Díaz-Rodríguez et al. 2018).
    public var bwtDiaz2018: MetricValue {
        guard tasks > 1 else { return .absent(.fewerThanTwoTasks) }
        var sum = 0.0
        for i in 1..<tasks {
            for j in 0..<i { sum += rows[i][j] - rows[j][j] }
        }
        return .value(sum / Double(tasks * (tasks - 1) / 2))
    }

    private func meanOfEarlierTasks(_ term: (Int) -> Double) -> MetricValue {
        guard tasks > 1 else { return .absent(.fewerThanTwoTasks) }
        return .value((0..<(tasks - 1)).reduce(0) { $0 + term($1) } / Double(tasks - 1))
    }
}
