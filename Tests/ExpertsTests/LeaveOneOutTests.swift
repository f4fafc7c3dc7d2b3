import Experts
import Memory
import Tensors
import Testing

/// What an expert says of a sample whose trace is taken back, against an expert that never saw the sample.
@Suite struct LeaveOneOutTests {
    private struct Setting {
        let samples: Gaussians
        let frozen: FrozenFeatures
        let exemplars: [Exemplar]

        init(seed: UInt64, count: Int = 150, features: Int = 0, largestWeight: Int = 3) {
            samples = Gaussians(seed: seed, count: count, largestWeight: largestWeight)
            frozen = samples.frozen(featureCount: features)
            exemplars = samples.exemplars(frozen)
        }

        func moments(without left: Int? = nil) -> Moments {
            var moments = Moments(size: samples.dimension)
            for row in 0..<samples.count where row != left {
                moments.add(
                    exemplars[row].steps, classIndex: samples.labels[row], weight: samples.weights[row])
            }
            return moments
        }

        func featureMoments(without left: Int? = nil) -> Moments {
            var moments = Moments(size: frozen.random?.count ?? 1)
            for row in 0..<samples.count where row != left {
                moments.add(
                    frozen.features(of: exemplars[row].steps), classIndex: samples.labels[row],
                    weight: samples.weights[row])
            }
            return moments
        }

        func input(_ row: Int) -> ExpertInput {
            var input = ExpertInput(dimension: samples.dimension, featureCount: frozen.random?.count ?? 0)
            input.fill(exemplars[row], frozen)
            return input
        }

        /// The embedding that an exemplar's steps stand for.
        func vector(_ row: Int) -> [Double] {
            frozen.scale.restore(exemplars[row].steps.map(Double.init)).map(Double.init)
        }

        /// In units of the scale.
        func scaled(_ row: Int) -> [Double] { exemplars[row].steps.map { Double($0) / 256 } }

        func features(_ row: Int) -> [Double] {
            frozen.features(of: exemplars[row].steps).map { Double($0) / 64 }
        }

        /// The weighted mean of each class in any form of the samples; nil for one that has none.
        func means(_ form: (Int) -> [Double], without left: Int? = nil) -> [(mean: [Double], weight: Double)?]
        {
            (0..<samples.classCount).map { index in
                let rows = (0..<samples.count).filter { samples.labels[$0] == index && $0 != left }
                guard let first = rows.first else { return nil }
                var sum = form(first).map { _ in 0.0 }
                var weight = 0.0
                for row in rows {
                    for (d, value) in form(row).enumerated() {
                        sum[d] += Double(samples.weights[row]) * value
                    }
                    weight += Double(samples.weights[row])
                }
                return (sum.map { $0 / weight }, weight)
            }
        }
    }

    static let tried = [0, 3, 17, 60, 149]

    // MARK: - Means

    private func classMeans(_ setting: Setting, _ metric: ClassMeans.Metric, without left: Int? = nil)
        -> ClassMeans
    {
        var means = ClassMeans(dimension: setting.samples.dimension, metric: metric)
        let moments = setting.moments(without: left)
        for index in moments.weights.indices {
            means.update(index, from: moments, scale: setting.frozen.scale)
        }
        return means
    }

    @Test(
        "Class means: scores by definition, and tightly without a sample", arguments: Gaussians.seeds,
        ClassMeans.Metric.allCases)
    func means(seed: UInt64, metric: ClassMeans.Metric) {
        let setting = Setting(seed: seed)
        let all = classMeans(setting, metric)
        let moments = setting.moments()
        let count = setting.samples.classCount
        func naive(_ x: [Double], without left: Int?) -> [Double] {
            setting.means(setting.vector, without: left).map { entry in
                guard let mean = entry?.mean else { return -.infinity }
                let product = dot(x, mean)
                return metric == .cosine
                    ? product / (dot(x, x) * dot(mean, mean)).squareRoot()
                    : -(dot(x, x) + dot(mean, mean)) / 2 + product
            }
        }
        for row in Self.tried {
            let input = setting.input(row)
            var scores = filled(count) { all.score(input, into: $0) }
            #expect(
                agree(scores, naive(setting.vector(row), without: nil), within: 1e-4),
                "seed \(seed), row \(row)")
            scores.withUnsafeMutableBufferPointer {
                all.leaveOut(
                    setting.exemplars[row], classIndex: setting.samples.labels[row], input, from: moments,
                    scale: setting.frozen.scale, scores: $0)
            }
            let without = filled(count) { classMeans(setting, metric, without: row).score(input, into: $0) }
            #expect(agree(scores, without.map(Double.init), within: 1e-5), "seed \(seed), row \(row)")
            #expect(
                agree(scores, naive(setting.vector(row), without: row), within: 1e-4),
                "seed \(seed), row \(row)")
        }
    }

    // MARK: - Covariance

    /// The scores of the shared covariance, from its definition.
    ///
    /// - Parameter isRescaled: whether n and t are those without the sample too.
    private func covarianceScores(
        _ setting: Setting, of x: [Double], without left: Int? = nil, isRescaled: Bool = true
    ) -> [Double] {
        let size = setting.samples.dimension
        let means = setting.means(setting.scaled, without: left)
        func scatter(_ means: [(mean: [Double], weight: Double)?], without left: Int?) -> [[Double]] {
            var scatter = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
            for row in 0..<setting.samples.count where row != left {
                guard let mean = means[setting.samples.labels[row]]?.mean else { continue }
                let u = zip(setting.scaled(row), mean).map { $0 - $1 }
                let weight = Double(setting.samples.weights[row])
                for i in 0..<size { for j in 0..<size { scatter[i][j] += weight * u[i] * u[j] } }
            }
            return scatter
        }
        var matrix = scatter(means, without: left)
        let all = setting.means(setting.scaled)
        let scaling = isRescaled ? (matrix, means) : (scatter(all, without: nil), all)
        let total = scaling.1.reduce(0) { $0 + ($1?.weight ?? 0) }
        let t = (0..<size).reduce(0) { $0 + scaling.0[$1][$1] } / total / Double(size)
        for i in 0..<size {
            for j in 0..<size { matrix[i][j] *= 0.99 / total }
            matrix[i][i] += 0.01 * (t > 0 ? t : 1)
        }
        return means.map { entry in
            guard let mean = entry?.mean else { return -.infinity }
            let direction = solved(matrix, mean)
            return dot(direction, x) - dot(direction, mean) / 2
        }
    }

    private func centred(_ scores: [Double]) -> [Double] {
        let mean = scores.reduce(0, +) / Double(scores.count)
        return scores.map { $0 - mean }
    }

    @Test(
        "Shared covariance: scores by definition, and without a sample up to one part in n",
        arguments: Gaussians.seeds)
    func covariance(seed: UInt64) throws {
        let setting = Setting(seed: seed)
        var moments = setting.moments()
        let all = try #require(SharedCovariance(&moments))
        let count = setting.samples.classCount
        let total = Double(moments.total)
        for row in Self.tried {
            let input = setting.input(row)
            let x = setting.scaled(row)
            var scores = filled(count) { all.score(input, into: $0) }
            #expect(agree(scores, covarianceScores(setting, of: x), within: 1e-3), "seed \(seed), row \(row)")
            let before = centred(scores.map(Double.init))
            scores.withUnsafeMutableBufferPointer {
                all.leaveOut(
                    setting.exemplars[row], classIndex: setting.samples.labels[row], input, from: moments,
                    scores: $0)
            }
            let exact = covarianceScores(setting, of: x, without: row)
            let kept = covarianceScores(setting, of: x, without: row, isRescaled: false)
            #expect(agree(scores, kept, within: 1e-3), "seed \(seed), row \(row): \(scores) is not \(kept)")
            // Left out: n and t, which change by about the sample's weight in n.
            let part = 3 * Double(setting.samples.weights[row]) / total
            #expect(
                agree(scores, exact, within: part + 1e-3),
                "seed \(seed), row \(row): \(scores) is not \(exact)")
            // Nearer to the truth than what was learned of the sample itself.
            func distance(_ a: [Double], _ b: [Double]) -> Double {
                zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
            }
            #expect(
                distance(centred(scores.map(Double.init)), centred(exact)) < 0.8
                    * distance(before, centred(exact)),
                "seed \(seed), row \(row)")
        }
    }

    @Test("A mean that moved is followed between two solutions", arguments: Gaussians.seeds)
    func covarianceFollows(seed: UInt64) throws {
        let setting = Setting(seed: seed)
        var moments = setting.moments()
        var covariance = try #require(SharedCovariance(&moments))
        // A class that is new, and one that is taken back.
        moments.add(setting.exemplars[0].steps, classIndex: 6, weight: 2)
        covariance.noteLearned(6, from: moments)
        let input = setting.input(0)
        let scores = filled(8) { covariance.score(input, into: $0) }
        #expect(scores[5] == -.infinity && scores[7] == -.infinity)
        // The mean of the new class is the sample: half of x.P x, the most that any class can score.
        #expect(scores[6].isFinite && scores.max() == scores[6], "seed \(seed): \(scores)")
        moments.add(setting.exemplars[0].steps, classIndex: 6, weight: -2)
        covariance.noteLearned(6, from: moments)
        #expect(filled(8) { covariance.score(input, into: $0) }[6] == -.infinity)
    }

    // MARK: - Ridge

    @Test(
        "Ridge regression: scores by definition, and tightly without a sample", arguments: Gaussians.seeds,
        [1, 3])
    func ridge(seed: UInt64, largestWeight: Int) throws {
        let setting = Setting(seed: seed, count: 80, features: 32, largestWeight: largestWeight)
        let count = setting.samples.classCount
        let size = try #require(setting.frozen.random?.count)
        var moments = setting.featureMoments()
        let all = try #require(RidgeReadout(&moments))
        func naive(_ row: Int, without left: Int?) -> [Double] {
            var matrix = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
            var columns = [[Double]](repeating: [Double](repeating: 0, count: size), count: count)
            for other in 0..<setting.samples.count where other != left {
                let f = setting.features(other)
                let weight = Double(setting.samples.weights[other])
                for i in 0..<size {
                    columns[setting.samples.labels[other]][i] += weight * f[i]
                    for j in 0..<size { matrix[i][j] += weight * f[i] * f[j] }
                }
            }
            for i in 0..<size { matrix[i][i] += RidgeReadout.regularisation }
            let direction = solved(matrix, setting.features(row))
            return columns.map { dot($0, direction) }
        }
        for row in [0, 3, 17, 60, 79] {
            let input = setting.input(row)
            var scores = filled(count) { all.score(input, into: $0) }
            #expect(agree(scores, naive(row, without: nil), within: 1e-4), "seed \(seed), row \(row)")
            let leverage = all.leverages(of: [setting.frozen.features(of: setting.exemplars[row].steps)])[0]
            scores.withUnsafeMutableBufferPointer {
                all.leaveOut(
                    setting.exemplars[row], classIndex: setting.samples.labels[row], leverage: leverage,
                    scores: $0)
            }
            var fewer = setting.featureMoments(without: row)
            let other = try #require(RidgeReadout(&fewer))
            let without = filled(count) { other.score(input, into: $0) }
            #expect(
                agree(scores, without.map(Double.init), within: 1e-3),
                "seed \(seed), row \(row): \(scores) \(without)")
            #expect(agree(scores, naive(row, without: row), within: 1e-3), "seed \(seed), row \(row)")
        }
        #expect(filled(count + 2) { all.score(setting.input(0), into: $0) }.suffix(2) == [0, 0])
    }

    // MARK: - Prototypes

    @Test(
        "Prototypes: the nearest of a class by angle, a sample's own without it", arguments: Gaussians.seeds)
    func prototypes(seed: UInt64) throws {
        let setting = Setting(seed: seed, count: 100)
        var exemplars = Exemplars(perClass: 20, bytesEach: 24, seed: 1)
        for row in 0..<setting.samples.count {
            exemplars.add(setting.exemplars[row], classIndex: setting.samples.labels[row])
        }
        let all = try #require(ClassPrototypes(exemplars, scale: setting.frozen.scale))
        let (_, classes, assignments) = all.parts
        func unit(_ row: Int) -> [Double] {
            let x = setting.vector(row)
            return x.map { $0 / dot(x, x).squareRoot() }
        }
        func row(_ exemplar: Exemplar) -> Int { Int(exemplar.hash) }
        /// By prototype the sum of its members.
        func sums(without left: Int?) -> [[Double]] {
            var sums = classes.map { _ in [Double](repeating: 0, count: setting.samples.dimension) }
            for (index, members) in exemplars.byClass.enumerated() {
                for (place, member) in members.enumerated() where row(member) != left {
                    for (d, value) in unit(row(member)).enumerated() {
                        sums[assignments[index][place]][d] += value
                    }
                }
            }
            return sums
        }
        func naive(_ x: [Double], without left: Int?) -> [Double] {
            var best = [Double](repeating: -.infinity, count: setting.samples.classCount)
            for (number, sum) in sums(without: left).enumerated() where dot(sum, sum) > 1e-6 {
                best[classes[number]] = max(best[classes[number]], dot(x, sum) / dot(sum, sum).squareRoot())
            }
            return best
        }
        for (index, members) in exemplars.byClass.enumerated() {
            #expect(assignments[index].count == members.count)
            #expect(classes.count { $0 == index } <= min(4, (members.count + 3) / 4))
            for (place, member) in members.enumerated() {
                let input = setting.input(row(member))
                let x = unit(row(member))
                var scores = filled(setting.samples.classCount) { all.score(input, into: $0) }
                #expect(agree(scores, naive(x, without: nil), within: 1e-5), "seed \(seed), \(member.id)")
                scores.withUnsafeMutableBufferPointer {
                    all.leaveOut(classIndex: index, place: place, input, scores: $0)
                }
                #expect(
                    agree(scores, naive(x, without: row(member)), within: 1e-4), "seed \(seed), \(member.id)")
            }
        }
    }

    /// Seeds under which k-means empties a cluster, and some under which it does not.
    static let emptying: [UInt64] = [39, 223, 597, 614, 758, 761, 1_026, 1_043, 1, 2, 3]

    @Test("Every prototype has members", arguments: emptying)
    func noEmptyPrototype(seed: UInt64) throws {
        var random = RandomGenerator(seed: seed)
        let scale = FeatureScale(offsets: [0, 0, 0], factors: [1, 1, 1])
        var exemplars = Exemplars(perClass: 40, bytesEach: 6, seed: 1)
        for index in 0..<40 {
            for number in 0..<(13 + random.below(20)) {
                // In a plane, all around.
                let steps = (0..<3).map { d in Int16(d == 0 ? 0 : random.below(300) - 150) }
                exemplars.add(
                    Exemplar(
                        hash: random.next(), id: "\(number)", source: nil, weight: 1, codes: [], steps: steps),
                    classIndex: index)
            }
        }
        let prototypes = try #require(ClassPrototypes(exemplars, scale: scale))
        let used = Set(prototypes.parts.assignments.joined())
        #expect(used.count == prototypes.parts.classes.count, "seed \(seed): a prototype without members")
    }

    @Test("A class of one sample has no score without it")
    func single() throws {
        let setting = Gaussians(seed: 1, count: 20, classCount: 2)
        let frozen = setting.frozen()
        let exemplars = setting.exemplars(frozen)
        var moments = Moments(size: 12)
        var kept = Exemplars(perClass: 5, bytesEach: 24, seed: 1)
        for row in 0..<10 {
            moments.add(exemplars[row].steps, classIndex: row == 0 ? 1 : 0, weight: exemplars[row].weight)
            kept.add(exemplars[row], classIndex: row == 0 ? 1 : 0)
        }
        var input = ExpertInput(dimension: 12, featureCount: 0)
        input.fill(exemplars[0], frozen)
        var means = ClassMeans(dimension: 12, metric: .cosine)
        for index in 0..<2 { means.update(index, from: moments, scale: frozen.scale) }
        let covariance = try #require(SharedCovariance(&moments))
        let prototypes = try #require(ClassPrototypes(kept, scale: frozen.scale))
        let byMeans = filled(2) {
            means.score(input, into: $0)
            means.leaveOut(exemplars[0], classIndex: 1, input, from: moments, scale: frozen.scale, scores: $0)
        }
        let byCovariance = filled(2) {
            covariance.score(input, into: $0)
            covariance.leaveOut(exemplars[0], classIndex: 1, input, from: moments, scores: $0)
        }
        let byPrototypes = filled(2) {
            prototypes.score(input, into: $0)
            prototypes.leaveOut(classIndex: 1, place: 0, input, scores: $0)
        }
        for scores in [byMeans, byCovariance, byPrototypes] {
            #expect(scores[0].isFinite && scores[1] == -.infinity, "\(scores)")
        }
    }
}
