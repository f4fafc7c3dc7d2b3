extension TrainedPrototypes {
    /// A layer as its public parts describe it.
    ///
    /// - Parameters:
    ///   - vectors: P, [m][d].
    ///   - readout: W, [m][V].
    init(
        dimension: Int, classCount: Int, classIndices: [Int], sources: [Int], vectors: [Float],
        readout: [Float]
    ) {
        let count = classIndices.count
        var prototypes = PrototypeLoss.Matrix(rows: dimension, columns: count)
        var weights = PrototypeLoss.Matrix(rows: count, columns: classCount)
        for j in 0..<count {
            for d in 0..<dimension {
                prototypes.values[d * prototypes.stride + j] = vectors[j * dimension + d]
            }
            for c in 0..<classCount { weights.values[j * weights.stride + c] = readout[j * classCount + c] }
        }
        self.init(classIndices: classIndices, sources: sources, prototypes: prototypes, readout: weights)
    }
}
