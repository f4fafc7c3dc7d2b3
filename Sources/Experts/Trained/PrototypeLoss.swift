import CKernels
import Tensors

/// The loss of the prototype layer on a minibatch, `λ CE + λ₁ R1 + λ₂ R2`, and its gradient in closed form.
///
/// With z the samples, weights w that sum to `w̄`, `D_ij = |z_i - p_j|² / d` and `D̂_ij = D_ij - mean over
/// j`:
/// - CE is the weighted mean of the cross-entropy of `softmax(D̂ W)`.
/// - R1 is the mean over j of `min over i D_ij`, R2 the weighted mean over i of `min over j D_ij`.
///
/// With `G = ∂CE / ∂logits`: `∂W = D̂ᵀ G`; `∂D̂ = G Wᵀ`; `∂D` is that less its mean over j, plus `λ₁ / m` at
/// the minima of R1 and `λ₂ w_i / w̄` at those of R2; `∂p_j = -2/d sum over i of ∂D_ij (z_i - p_j)`.
package struct PrototypeLoss: Sendable {
    /// The loss at one point.
    package struct Outcome {
        /// Without its factor λ.
        package let crossEntropy: Float
        /// R1, without its factor.
        package let sampleNearness: Float
        /// R2, without its factor.
        package let prototypeNearness: Float
        /// ∂P of the whole: [d][m].
        package let prototypeGradient: Matrix
        /// ∂W of the whole: [m][V].
        package let readoutGradient: Matrix
    }

    private let configuration: TrainedPrototypes.Configuration

    /// The loss with the factors of a configuration.
    package init(configuration: TrainedPrototypes.Configuration) { self.configuration = configuration }

    /// The loss of a minibatch and its gradient.
    ///
    /// - Parameters:
    ///   - vectors: [B][d].
    ///   - classIndices: [B], columns of `readout`.
    ///   - weights: [B], positive.
    ///   - prototypes: P as [d][m].
    ///   - readout: W, [m][V].
    package func outcome(
        vectors: Matrix, classIndices: [Int], weights: [Float], prototypes: Matrix, readout: Matrix
    ) -> Outcome {
        let distances = Self.distances(vectors, prototypes)
        var centred = distances
        centred.centreRows()
        let (crossEntropy, errors) = errors(
            centred: centred, classIndices: classIndices, weights: weights, readout: readout)
        var slopes = errors.times(readout.transposed())
        slopes.centreRows()

        let batch = vectors.rows
        let count = prototypes.columns
        let total = weights.reduce(0, +)
        var nearestSample = [Int](repeating: 0, count: count)
        var prototypeNearness: Float = 0
        for i in 0..<batch {
            let row = i * distances.stride
            var nearest = 0
            for j in 0..<count {
                let distance = distances.values[row + j]
                if distance < distances.values[row + nearest] { nearest = j }
                if distance < distances.values[nearestSample[j] * distances.stride + j] {
                    nearestSample[j] = i
                }
            }
            let share = weights[i] / total
            prototypeNearness += share * distances.values[row + nearest]
            slopes.values[row + nearest] += configuration.prototypeNearnessWeight * share
        }
        var sampleNearness: Float = 0
        for j in 0..<count {
            let place = nearestSample[j] * distances.stride + j
            sampleNearness += distances.values[place] / Float(count)
            slopes.values[place] += configuration.sampleNearnessWeight / Float(count)
        }
        return Outcome(
            crossEntropy: crossEntropy, sampleNearness: sampleNearness, prototypeNearness: prototypeNearness,
            prototypeGradient: Self.prototypeGradient(slopes, vectors, prototypes),
            readoutGradient: centred.transposed().times(errors))
    }

    /// The cross-entropy of a minibatch and `λ G`, its gradient by the logits: [B][V].
    ///
    /// - Parameter centred: D̂, [B][m].
    func errors(
        centred: Matrix, classIndices: [Int], weights: [Float], readout: Matrix
    ) -> (crossEntropy: Float, errors: Matrix) {
        var logits = centred.times(readout)
        let classes = logits.columns
        let total = weights.reduce(0, +)
        var loss = 0.0
        logits.withRows { i, row in
            let largest = row[0..<classes].max() ?? 0
            let own = Double(row[classIndices[i]] - largest)
            var sum = 0.0
            for c in 0..<classes {
                let power = exponential(Double(row[c] - largest))
                sum += power
                row[c] = Float(power)
            }
            let share = weights[i] / total
            loss += Double(share) * (logarithm(sum) - own)
            let factor = configuration.crossEntropyWeight * share
            for c in 0..<classes { row[c] *= factor / Float(sum) }
            row[classIndices[i]] -= factor
        }
        return (Float(loss), logits)
    }

    /// D, [B][m].
    ///
    /// - Parameters:
    ///   - vectors: [B][d].
    ///   - prototypes: P as [d][m].
    static func distances(_ vectors: Matrix, _ prototypes: Matrix) -> Matrix {
        var squares = [Float](repeating: 0, count: prototypes.stride)
        for d in 0..<prototypes.rows {
            for j in squares.indices {
                let value = prototypes.values[d * prototypes.stride + j]
                squares[j] += value * value
            }
        }
        let share = 1 / Float(vectors.columns)
        var distances = vectors.times(prototypes)
        distances.withRows { i, row in
            var square: Float = 0
            for d in 0..<vectors.columns {
                let value = vectors.values[i * vectors.stride + d]
                square += value * value
            }
            // Rounding may take a distance of zero below it.
            for j in 0..<prototypes.columns { row[j] = max(0, square + squares[j] - 2 * row[j]) * share }
        }
        return distances
    }

    private static func prototypeGradient(
        _ slopes: Matrix, _ vectors: Matrix, _ prototypes: Matrix
    ) -> Matrix {
        var sums = [Float](repeating: 0, count: slopes.stride)
        for i in 0..<slopes.rows {
            for j in sums.indices { sums[j] += slopes.values[i * slopes.stride + j] }
        }
        let scale = -2 / Float(vectors.columns)
        var gradient = vectors.transposed().times(slopes)
        gradient.withRows { d, row in
            let place = d * prototypes.stride
            for j in sums.indices { row[j] = scale * (row[j] - prototypes.values[place + j] * sums[j]) }
        }
        return gradient
    }
}

extension PrototypeLoss {
    /// Numbers in rows, each padded with zeros to whole blocks of the kernel. Products are the kernel's, so
    /// they have the same bits on every CPU.
    package struct Matrix: Sendable, Equatable {
        /// The number of rows.
        package let rows: Int
        /// The number of columns without the padding.
        package let columns: Int
        /// The distance between rows.
        package let stride: Int
        /// [rows][stride]
        package var values: [Float]

        /// Zeros.
        package init(rows: Int, columns: Int) {
            self.rows = rows
            self.columns = columns
            stride = PackedColumns.blocks(columns) * PackedColumns.lanes
            values = [Float](repeating: 0, count: rows * stride)
        }

        /// Numbers that are not padded: [rows][columns].
        package init(_ numbers: [Float], rows: Int, columns: Int) {
            self.init(rows: rows, columns: columns)
            for row in 0..<rows {
                for column in 0..<columns {
                    values[row * stride + column] = numbers[row * columns + column]
                }
            }
        }

        /// [rows][columns]
        package func unpadded() -> [Float] {
            (0..<rows).flatMap { values[($0 * stride)..<($0 * stride + columns)] }
        }

        /// Some rows, in the order given.
        package func rows(_ chosen: ArraySlice<Int>) -> Matrix {
            var matrix = Matrix(rows: chosen.count, columns: columns)
            matrix.withRows { i, row in
                let source = chosen[chosen.startIndex + i] * stride
                for column in 0..<stride { row[column] = values[source + column] }
            }
            return matrix
        }

        /// Gives `body` each row with its padding.
        mutating func withRows(_ body: (Int, UnsafeMutableBufferPointer<Float>) -> Void) {
            let (rows, stride) = (rows, stride)
            values.withUnsafeMutableBufferPointer { values in
                for row in 0..<rows {
                    body(
                        row,
                        UnsafeMutableBufferPointer(rebasing: values[(row * stride)..<((row + 1) * stride)]))
                }
            }
        }

        /// Subtracts from each row its mean.
        mutating func centreRows() {
            let columns = columns
            withRows { _, row in
                var sum: Float = 0
                for column in 0..<columns { sum += row[column] }
                let mean = sum / Float(columns)
                for column in 0..<columns { row[column] -= mean }
            }
        }

        /// Rows as columns.
        package func transposed() -> Matrix {
            var matrix = Matrix(rows: columns, columns: rows)
            let lanes = PackedColumns.lanes
            values.withUnsafeBufferPointer { source in
                matrix.values.withUnsafeMutableBufferPointer { target in
                    // In squares, so that neither side walks through all memory for each row of the other.
                    for left in Swift.stride(from: 0, to: columns, by: lanes) {
                        for top in Swift.stride(from: 0, to: rows, by: lanes) {
                            for row in top..<min(rows, top + lanes) {
                                for column in left..<min(columns, left + lanes) {
                                    target[column * matrix.stride + row] = source[row * stride + column]
                                }
                            }
                        }
                    }
                }
            }
            return matrix
        }

        /// The product with a matrix that has as many rows as this one has columns.
        package func times(_ right: Matrix) -> Matrix {
            precondition(columns == right.rows, "\(columns) columns times \(right.rows) rows")
            let lanes = PackedColumns.lanes
            let blocks = right.stride / lanes
            // The padding of the left side meets rows of zeros.
            var packed = [Float](repeating: 0, count: blocks * stride * lanes)
            packed.withUnsafeMutableBufferPointer { packed in
                right.values.withUnsafeBufferPointer { source in
                    for block in 0..<blocks {
                        for row in 0..<right.rows {
                            let target = (block * stride + row) * lanes
                            let place = row * right.stride + block * lanes
                            for lane in 0..<lanes { packed[target + lane] = source[place + lane] }
                        }
                    }
                }
            }
            var product = Matrix(rows: rows, columns: right.columns)
            weir_project(values, rows, stride, packed, blocks, &product.values, product.stride)
            return product
        }
    }
}
