import Tensors

/// Ridge regression from random ReLU features to one-hot labels (RanPAC, McDonnell et al., NeurIPS 2023,
/// arXiv 2307.02251): `W = (G + λ I)⁻¹ C`, G the second moments of the features over all samples, C their sums by
/// class.
///
/// It is solved for when the ensemble is refreshed; a class that is new since then scores zero, which is what a
/// class of no weight gets.
public struct RidgeReadout: Sendable {
    /// λ, in squared units of a feature.
    public static let regularisation = 10.0

    /// W, [classes][M].
    private let weights: PaddedRows
    /// L of `G + λ I = L Lᵀ`, in squared steps; nil once the leverages are known, and in one that was restored.
    var factor: TriangularFactor?
    /// The leverage of each exemplar that it is tried on.
    var leverages: [Float] = []

    /// Solves for the moments of features; nil when there is nothing in them.
    package init?(_ moments: inout Moments) {
        guard moments.weights.contains(where: { $0 > 0 }) else { return nil }
        let size = moments.size
        var matrix = moments.folded()
        let steps = Double(RandomFeatures.stepsPerUnit)
        for d in 0..<size { matrix[d, d] += Self.regularisation * steps * steps }
        guard let factor = matrix.takeFactor() else { return nil }
        var weights = PaddedRows(width: size)
        weights.grow(to: moments.weights.count)
        // So many classes at a time, to bound the room.
        let classes = moments.weights.indices.filter { moments.weights[$0] > 0 }
        for first in stride(from: 0, to: classes.count, by: 256) {
            let part = classes[first..<min(first + 256, classes.count)]
            var columns = [Double](repeating: 0, count: size * part.count)
            for (column, index) in part.enumerated() {
                for d in 0..<size { columns[d * part.count + column] = Double(moments.sums[index][d]) }
            }
            factor.solve(&columns, count: part.count)
            for (column, index) in part.enumerated() {
                weights.setRow(index) { row in
                    // Sums and features count in steps; the products below in units.
                    for d in 0..<size { row[d] = Float(columns[d * part.count + column] * steps) }
                }
            }
        }
        self.weights = weights
        self.factor = factor
    }

    /// A solved readout, as a snapshot kept it.
    init(weights: PaddedRows) {
        self.weights = weights
        factor = nil
    }

    /// W in a row, [classes][M], to be kept in a snapshot.
    package var solved: [Float] { weights.flat }

    /// The number of classes there were when it was solved for.
    var classCount: Int { weights.count }

    /// The score of every class.
    ///
    /// - Parameter scores: a place for each class, overwritten.
    package func score(_ input: ExpertInput, into scores: UnsafeMutableBufferPointer<Float>) {
        let known = min(scores.count, weights.count)
        input.features.withUnsafeBufferPointer { weights.products(with: $0, into: scores) }
        for index in known..<scores.count { scores[index] = 0 }
    }

    /// `φ.(G + λ I)⁻¹ φ` of feature vectors φ: how much each determines its own score.
    ///
    /// - Parameter features: in steps.
    package func leverages(of features: [[UInt8]]) -> [Float] {
        factor?.quadraticForms(count: features.count) { first, number, columns in
            for column in 0..<number {
                features[first + column].withUnsafeBufferPointer { values in
                    for d in values.indices { columns[d * number + column] = Float(values[d]) }
                }
            }
        } ?? []
    }

    /// Changes the scores of a sample to what they were if it had not been learned: `(f - w h y) / (1 - w h)`, with its
    /// leverage h, weight w and one-hot label y. Exact but for the rounding of h, which shows where `w h` nears one:
    /// a sample that determines its own score says little of the rest.
    ///
    /// - Parameter scores: of ``score(_:into:)``.
    package func leaveOut(
        _ exemplar: Exemplar, classIndex: Int, leverage: Float, scores: UnsafeMutableBufferPointer<Float>
    ) {
        let share = min(0.999, Float(exemplar.weight) * leverage)
        scores[classIndex] -= share
        for index in scores.indices { scores[index] /= 1 - share }
    }
}

extension Moments {
    /// Ridge regression from these features; nil when nothing was learned.
    mutating func ridgeReadout() -> RidgeReadout? { RidgeReadout(&self) }
}
