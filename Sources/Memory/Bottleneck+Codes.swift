import Tensors

extension Bottleneck {
    /// The number of codes of a record: C T.
    public var codesPerRecord: Int { configuration.codesPerRecord }

    /// The codes of a batch, as an array [rows][C][T].
    ///
    /// - Throws: ``MemoryError`` while the keys are not frozen, or when the vectors have another length.
    public func encode(_ vectors: [Float], rows: Int) throws(MemoryError) -> [UInt16] {
        guard let frozenKeys else { throw .notFrozen }
        return try frozenKeys.encode(vectors, rows: rows)
    }

    /// The codes of a batch: the nearest keys in every codebook. Depends on nothing that was learned.
    ///
    /// - Parameters:
    ///   - vectors: [rows][dimension], finite.
    ///   - codes: [rows][C][T]; overwritten.
    /// - Throws: ``MemoryError`` while the keys are not frozen.
    public func encode(
        _ vectors: UnsafeBufferPointer<Float>, rows: Int, into codes: UnsafeMutableBufferPointer<UInt16>
    ) throws(MemoryError) {
        guard let frozenKeys else { throw .notFrozen }
        frozenKeys.encode(vectors, rows: rows, into: codes)
    }

    /// The codes that a prediction looks at: in every codebook the nearest of the keys at which something is
    /// learned. A key at which nothing is learned says nothing, and its neighbour may know.
    ///
    /// Equal to a search that sees the used keys only, and much cheaper: where the nearest key is used it is the
    /// nearest of the used ones too, so only the other codebooks are searched again. With several neighbours
    /// they are the nearest T of the used keys; where fewer are used, unused ones follow in the order of their
    /// indices. In a codebook without any used key the codes stay as they are.
    ///
    /// - Parameters:
    ///   - codes: [C][T], of ``encode(_:rows:)``.
    ///   - vector: the embedding that they are the codes of, [dimension].
    ///   - result: [C][T]; overwritten.
    public func predictionCodes(
        _ codes: UnsafeBufferPointer<UInt16>, vector: UnsafeBufferPointer<Float>,
        into result: UnsafeMutableBufferPointer<UInt16>
    ) {
        precondition(
            codes.count == codesPerRecord && result.count >= codesPerRecord && vector.count == dimension)
        guard let keys, let vector = vector.baseAddress else { return }
        let (neighbours, k) = (configuration.neighbours, configuration.keyDimension)
        for codebook in 0..<configuration.codebooks {
            let range = (codebook * neighbours)..<((codebook + 1) * neighbours)
            var isUsed = true
            for position in range {
                result[position] = codes[position]
                isUsed = isUsed && usedKeys.contains(Int(codes[position]), of: codebook)
            }
            guard !isUsed, usedKeys.count(of: codebook) > 0 else { continue }
            projection.withQuery(vector, at: codebook * k, count: k) { query in
                if neighbours == 1 {
                    result[codebook] = keys.codebooks.nearest(
                        codebook: codebook, query: query, among: usedKeys)
                } else {
                    keys.codebooks.nearest(
                        codebook: codebook, query: query, among: usedKeys,
                        codes: UnsafeMutableBufferPointer(rebasing: result[range]))
                }
            }
        }
    }

    /// The codes that predictions of a batch look at, as an array [rows][C][T]; see
    /// ``predictionCodes(_:vector:into:)``.
    ///
    /// - Throws: ``MemoryError`` while the keys are not frozen.
    public func encodeForPrediction(_ vectors: [Float], rows: Int) throws(MemoryError) -> [UInt16] {
        let codes = try encode(vectors, rows: rows)
        var result = codes
        vectors.withUnsafeBufferPointer { vectors in
            codes.withUnsafeBufferPointer { codes in
                result.withUnsafeMutableBufferPointer { result in
                    for row in 0..<rows {
                        let range = (row * codesPerRecord)..<((row + 1) * codesPerRecord)
                        predictionCodes(
                            UnsafeBufferPointer(rebasing: codes[range]),
                            vector: UnsafeBufferPointer(
                                rebasing: vectors[(row * dimension)..<((row + 1) * dimension)]),
                            into: UnsafeMutableBufferPointer(rebasing: result[range]))
                    }
                }
            }
        }
        return result
    }
}
