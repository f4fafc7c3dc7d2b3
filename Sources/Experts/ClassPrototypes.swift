import Tensors

/// Several prototypes a class: spherical k-means over the exemplars of each class (Dhillon and Modha 2001). A class
/// scores the largest cosine of the embedding and one of its prototypes.
///
/// They are made anew at each refresh from the exemplars alone, so they do not depend on the order of the stream. A
/// class gets one prototype for every four exemplars, up to the limit.
public struct ClassPrototypes: Sendable {
    /// The most prototypes of a class.
    public static let perClass = 4

    /// Directions of length one, [prototypes][D].
    private let directions: PaddedRows
    /// The sums that the directions come from, [prototypes][D].
    private let sums: PaddedRows
    /// The class of each prototype.
    private let classes: [Int]
    /// By class and exemplar the prototype that it belongs to.
    private let assignments: [[Int]]

    /// Makes the prototypes; nil without exemplars.
    package init?(_ exemplars: Exemplars, scale: FeatureScale) {
        let dimension = scale.dimension
        var sums = PaddedRows(width: dimension)
        var classes: [Int] = []
        var assignments: [[Int]] = []
        for (index, members) in exemplars.byClass.enumerated() {
            let rows = members.map { Self.direction(scale.restore($0.steps.lazy.map(Double.init))) }
            let first = classes.count
            let (centres, owners) = Self.cluster(
                rows, count: min(Self.perClass, (members.count + 3) / 4), dimension: dimension)
            sums.grow(to: first + centres.count)
            for (number, centre) in centres.enumerated() {
                for d in 0..<dimension { sums[first + number, d] = centre[d] }
                classes.append(index)
            }
            assignments.append(owners.map { first + $0 })
        }
        guard !classes.isEmpty else { return nil }
        self.init(sums: sums, classes: classes, assignments: assignments)
    }

    /// Prototypes as a snapshot kept them.
    init(sums: PaddedRows, classes: [Int], assignments: [[Int]]) {
        var directions = sums
        for row in 0..<sums.count {
            let direction = Self.direction(Array(sums[row]))
            for d in 0..<sums.width { directions[row, d] = direction[d] }
        }
        self.sums = sums
        self.directions = directions
        self.classes = classes
        self.assignments = assignments
    }

    /// What a snapshot keeps.
    package var parts: (sums: [Float], classes: [Int], assignments: [[Int]]) {
        (sums.flat, classes, assignments)
    }

    private static func direction(_ vector: [Float]) -> [Float] {
        let square = vector.reduce(0) { $0 + $1 * $1 }
        let factor = square > 0 ? 1 / square.squareRoot() : 0
        return vector.map { $0 * factor }
    }

    private static func cosine(_ a: [Float], _ b: [Float]) -> Float {
        var sum: Float = 0
        for d in a.indices { sum += a[d] * b[d] }
        return sum
    }

    /// The sums of `count` clusters at most, and the cluster of each row. Starts from the first row and those that
    /// are farthest from all before.
    private static func cluster(_ rows: [[Float]], count: Int, dimension: Int) -> ([[Float]], [Int]) {
        guard let first = rows.first else { return ([], []) }
        var centres = [first]
        var nearest = rows.map { cosine($0, first) }
        while centres.count < count, let far = nearest.indices.min(by: { nearest[$0] < nearest[$1] }),
            nearest[far] < 0.999_999
        {
            centres.append(rows[far])
            for row in rows.indices { nearest[row] = max(nearest[row], cosine(rows[row], rows[far])) }
        }
        var owners = [Int](repeating: 0, count: rows.count)
        var sums = centres
        for _ in 0..<10 {
            let before = owners
            for row in rows.indices {
                var best = 0
                var similarity = -Float.infinity
                for centre in centres.indices {
                    let value = cosine(rows[row], centres[centre])
                    if value > similarity { (best, similarity) = (centre, value) }
                }
                owners[row] = best
            }
            sums = centres.map { _ in [Float](repeating: 0, count: dimension) }
            for row in rows.indices {
                for d in 0..<dimension { sums[owners[row]][d] += rows[row][d] }
            }
            // A cluster that lost all its rows stays where it was.
            for centre in centres.indices where owners.contains(centre) {
                centres[centre] = direction(sums[centre])
            }
            if owners == before { break }
        }
        // No direction to score by, which would count as a cosine of zero.
        let used = centres.indices.filter { owners.contains($0) }
        return (used.map { sums[$0] }, owners.map { used.firstIndex(of: $0) ?? 0 })
    }

    /// The score of every class; -infinity for one without prototypes.
    ///
    /// - Parameter scores: a place for each class, overwritten.
    package func score(_ input: ExpertInput, into scores: UnsafeMutableBufferPointer<Float>) {
        scores.update(repeating: -.infinity)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: directions.count) { products in
            input.vector.withUnsafeBufferPointer { directions.products(with: $0, into: products) }
            let norm = max(input.norm, .leastNormalMagnitude)
            for (number, index) in classes.enumerated() where index < scores.count {
                scores[index] = max(scores[index], products[number] / norm)
            }
        }
    }

    /// Changes the score of an exemplar's own class to what it was without it.
    ///
    /// - Parameters:
    ///   - place: its place among the exemplars of its class.
    ///   - scores: of ``score(_:into:)``.
    package func leaveOut(
        classIndex: Int, place: Int, _ input: ExpertInput, scores: UnsafeMutableBufferPointer<Float>
    ) {
        let own = assignments[classIndex][place]
        var best = -Float.infinity
        for (number, index) in classes.enumerated() where index == classIndex {
            var product: Float = 0
            var square: Float = 0
            let norm = max(input.norm, .leastNormalMagnitude)
            let share: Float = number == own ? 1 / norm : 0
            for d in 0..<sums.width {
                let value = sums[number, d] - share * input.vector[d]
                product += value * input.vector[d]
                square += value * value
            }
            // A prototype that was this sample alone is not there without it; what rounding leaves of it is no direction.
            guard square > 1e-6 else { continue }
            best = max(best, product / (norm * square.squareRoot()))
        }
        scores[classIndex] = best
    }
}
