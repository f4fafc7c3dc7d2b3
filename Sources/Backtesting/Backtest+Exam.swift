import Evaluation

extension Backtest {
    /// When the held-out samples are asked: at the end, and in a stream ordered by class also after each task.
    ///
    /// A task is a group of neighbouring classes, one class where there are at most twenty.
    struct Exam {
        /// The number of training samples after which each task ends.
        let ends: [Int]
        /// The task of each held-out sample; nil without tasks, or when its class is in none.
        private let tasks: [Int?]
        private let labels: [String]

        init(train: Samples, test: Samples, limit: Int = 20) {
            labels = test.labels
            // The first row of each run of equal labels.
            let starts = train.labels.indices.filter { $0 == 0 || train.labels[$0] != train.labels[$0 - 1] }
            let isOrdered = starts.count > 1 && Set(train.labels).count == starts.count
            guard isOrdered else {
                ends = [train.labels.count]
                tasks = test.labels.map { _ in nil }
                return
            }
            let count = min(limit, starts.count)
            var taskOfLabel: [String: Int] = [:]
            var ends = [Int](repeating: train.labels.count, count: count)
            for (number, start) in starts.enumerated() {
                let task = number * count / starts.count
                taskOfLabel[train.labels[start]] = task
                ends[task] = number + 1 < starts.count ? starts[number + 1] : train.labels.count
            }
            self.ends = ends
            tasks = test.labels.map { taskOfLabel[$0] }
        }

        /// The score of a learner that gave these answers at each end.
        func score(
            _ name: String, _ prequential: PrequentialMetrics, _ results: [[String?]], hash: String?,
            rate: Double?
        ) throws -> Score {
            var right: [String: Int] = [:]
            var all: [String: Int] = [:]
            for (answer, label) in zip(results[results.count - 1], labels) {
                all[label, default: 0] += 1
                if answer == label { right[label, default: 0] += 1 }
            }
            let recalls = all.map { Double(right[$0.key] ?? 0) / Double($0.value) }
            return Score(
                learner: name, prequential: prequential.cumulative.accuracy,
                kappaTemporal: prequential.cumulative.kappaTemporal,
                heldOut: Double(right.values.reduce(0, +)) / Double(max(1, labels.count)),
                heldOutBalanced: recalls.reduce(0, +) / Double(max(1, recalls.count)),
                forgetting: try matrix(results).forgettingChaudhry2018, learnedHash: hash,
                samplesPerSecond: rate)
        }

        /// R[i][j]: accuracy on the held-out samples of task j after learning task i.
        private func matrix(_ results: [[String?]]) throws -> AccuracyMatrix {
            let rows = results.map { answers in
                var right = [Double](repeating: 0, count: ends.count)
                var all = [Double](repeating: 0, count: ends.count)
                for (row, task) in tasks.enumerated() {
                    guard let task else { continue }
                    all[task] += 1
                    if answers[row] == labels[row] { right[task] += 1 }
                }
                return zip(right, all).map { $1 > 0 ? $0 / $1 : 0 }
            }
            return try AccuracyMatrix(rows)
        }
    }
}
