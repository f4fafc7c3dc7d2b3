import CKernels
import Tensors

/// The trainable prototype layer of Li, Liu, Chen and Rudin (AAAI 2018, arXiv 1710.04806) on frozen features,
/// trained anew from a small store of real samples.
///
/// m prototypes `p_j` live in feature space; a sample x scores each class by its squared distances to all of
/// them, `logits = D W` with `D_j = |x - p_j|² / d`. P and W are learned by Adam on `λ CE + λ₁ R1 + λ₂ R2`
/// (there is no decoder, so no reconstruction error): R1 draws each prototype to a sample, R2 each sample to
/// a prototype. Then each prototype becomes the nearest sample of its class, and W is fitted once more:
/// "because it is like this one" names a sample that was really seen.
///
/// Where it departs from the paper:
/// - D is divided by the dimension d, so that neither the start nor the steps depend on it.
/// - What all m distances of a sample share is taken out of them, that is, the columns of W sum to zero. That
///   share is by far the largest part of D, says nothing about a class, and makes Adam overshoot along it: on
///   150 classes of sentences the paper's steps then end below the start.
/// - W starts at `-s / n` on the n prototypes of the own class and zero elsewhere, s chosen by the loss, not
///   at random from U[0, 1]: that is the shape that the paper's training ends with (tables 4 and 5 of its
///   supplement), and a store is trained in hundreds of steps, not in hundreds of thousands.
/// - Adam's steps of W are in units of the size it starts with, for the same reason.
/// - Prototypes start at the centres of k-means in each class, so each has a class that it stands for.
///
/// With columns that sum to zero `|x|²` cancels, and the layer is an affine map of x, as which it is
/// evaluated. Hence it separates what hyperplanes separate; what only lies between (exclusive or) needs
/// features that unfold it.
public struct TrainedPrototypes: Sendable, Equatable {
    /// How many prototypes there are and how they are trained.
    public struct Configuration: Sendable, Equatable {
        /// Prototypes of a class that has that many distinct samples.
        public var prototypesPerClass = 4
        /// The most prototypes in all: where it bites, each class has fewer, though at least one.
        public var prototypeLimit = 1024
        /// λ, the weight of the cross-entropy.
        public var crossEntropyWeight: Float = 20
        /// λ₁, the weight of R1, the mean squared distance from a prototype to the nearest sample.
        public var sampleNearnessWeight: Float = 1
        /// λ₂, the weight of R2, the mean squared distance from a sample to the nearest prototype.
        public var prototypeNearnessWeight: Float = 1
        /// The step of Adam.
        public var learningRate: Float = 0.002
        /// Samples in a minibatch, at most.
        public var batchSize = 250
        /// The most steps of the training, and again of the second fit of W.
        public var stepLimit = 600
        /// The most multiply-adds of the steps, half of them for the training and half for the second fit of
        /// W.
        ///
        /// The default takes 0.6 seconds of one core with AVX-512, at about 2.5e10 a second. What is done
        /// once comes on top, mainly `d m V` multiply-adds and ten Lloyd passes: 0.1 seconds for 3000 samples
        /// of 150 classes in 384 dimensions.
        public var multiplyAddLimit = 1.6e10

        /// The defaults.
        public init() {}
    }

    /// A coordinate of larger size is no feature "of about unit variance"; a row that has one is left out, so
    /// that no square overflows.
    public static let coordinateLimit: Float = 1e4

    /// d, the length of a vector.
    public let dimension: Int
    /// V, the number of classes scored; one without prototypes scores -infinity.
    public let classCount: Int
    /// The class that each prototype stands for, ascending: [m].
    public let classIndices: [Int]
    /// The row of the store that each prototype is: [m].
    public let sources: [Int]
    /// P, the prototypes, each equal to its source: [m][d].
    public let vectors: [Float]
    /// W, the logit of each class per unit of distance to each prototype; zero for classes without
    /// prototypes: [m][V].
    public let readout: [Float]
    /// The layer as `offsets - map x`: [blocks of classes][d][16].
    private let map: [Float]
    private let offsets: [Float]

    /// A layer of given prototypes and readout.
    ///
    /// - Parameters:
    ///   - prototypes: P as [d][m].
    ///   - readout: W as [m][V], columns that sum to zero.
    init(
        classIndices: [Int], sources: [Int], prototypes: PrototypeLoss.Matrix, readout: PrototypeLoss.Matrix
    ) {
        dimension = prototypes.rows
        classCount = readout.columns
        self.classIndices = classIndices
        self.sources = sources
        vectors = prototypes.transposed().unpadded()
        self.readout = readout.unpadded()
        // sum of W_jc (|p_j|² - 2 x.p_j) / d over j, sorted by x.
        let product = prototypes.times(readout)
        var map = PackedColumns(rows: dimension, columns: classCount)
        for d in 0..<dimension {
            for c in 0..<classCount {
                map[d, c] = 2 / Float(dimension) * product.values[d * product.stride + c]
            }
        }
        self.map = map.values
        var sums = [Double](repeating: 0, count: classCount)
        for j in classIndices.indices {
            let square = vectors[(j * dimension)..<((j + 1) * dimension)]
                .reduce(0.0) { $0 + Double($1) * Double($1) }
            for c in 0..<classCount { sums[c] += Double(self.readout[j * classCount + c]) * square }
        }
        var offsets = [Float](repeating: -.infinity, count: map.blocks * PackedColumns.lanes)
        for c in Set(classIndices) { offsets[c] = Float(sums[c] / Double(dimension)) }
        self.offsets = offsets
    }

    /// Trains a layer. The same arguments give the same bits, so the layer depends on the order in which
    /// samples came only as far as their order in `vectors` does: give them in an order of their own (by
    /// hash).
    ///
    /// A row whose weight is not positive, or with a weight or coordinate that is not finite or beyond
    /// ``coordinateLimit``, is left out.
    ///
    /// - Parameters:
    ///   - vectors: [rows][dimension], scaled to about unit variance.
    ///   - rows: the number of samples.
    ///   - classIndices: their labels, below `classCount`.
    ///   - weights: how much each counts in the cross-entropy and R2; k-means and R1 ask only where samples
    ///     lie.
    ///   - classCount: the number of classes to score.
    ///   - seed: of the k-means starts and of the order in minibatches.
    /// - Returns: nil when the rows that are left have fewer than two classes.
    /// - Precondition: the counts fit one another, labels are in range, settings positive.
    public static func fitted(
        to vectors: [Float], rows: Int, classIndices: [Int], weights: [Float], classCount: Int,
        configuration: Configuration, seed: UInt64
    ) -> TrainedPrototypes? {
        guard
            var training = PrototypeTraining(
                vectors: vectors, rows: rows, classIndices: classIndices, weights: weights,
                classCount: classCount, configuration: configuration, seed: seed)
        else { return nil }
        training.train()
        training.project()
        training.refit()
        return training.model()
    }

    /// The logits of one sample; -infinity for a class without prototypes. Allocates nothing.
    ///
    /// - Parameters:
    ///   - vector: [d], scaled as the rows of the fit were.
    ///   - scores: a place for each class, overwritten.
    public func score(_ vector: UnsafeBufferPointer<Float>, into scores: UnsafeMutableBufferPointer<Float>) {
        precondition(vector.count == dimension, "the vector has \(vector.count) of \(dimension) coordinates")
        let lanes = PackedColumns.lanes
        let known = min(classCount, scores.count)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: lanes) { block in
            map.withUnsafeBufferPointer { map in
                offsets.withUnsafeBufferPointer { offsets in
                    for start in stride(from: 0, to: known, by: lanes) {
                        weir_scores(
                            map.baseAddress! + start * dimension, offsets.baseAddress! + start, 1, dimension,
                            vector.baseAddress, block.baseAddress)
                        for lane in 0..<min(lanes, known - start) { scores[start + lane] = block[lane] }
                    }
                }
            }
        }
        for index in known..<scores.count { scores[index] = -.infinity }
    }
}
