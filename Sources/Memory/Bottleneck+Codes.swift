import Tensors

extension Bottleneck {
    /// The number of codes of a record: C T.
    public var codesPerRecord: Int { configuration.codebooks * configuration.neighbours }

    /// The codes of a batch, as an array [rows][C][T].
    ///
    /// - Throws: ``MemoryError`` while the keys are not frozen.
    public func encode(_ vectors: [Float], rows: Int) throws(MemoryError) -> [UInt16] {
        guard vectors.count == rows * dimension else {
            throw MemoryError(
                .vectors, "\(vectors.count) values given for \(rows) vectors of length \(dimension)")
        }
        var codes = [UInt16](repeating: 0, count: rows * codesPerRecord)
        // The closures of the standard library carry an error's type only so far.
        let result: Result<Void, MemoryError> = vectors.withUnsafeBufferPointer { vectors in
            codes.withUnsafeMutableBufferPointer { codes in
                do throws(MemoryError) {
                    try encode(vectors, rows: rows, into: codes)
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
        }
        try result.get()
        return codes
    }

    /// The codes of a batch: the nearest keys in every codebook. Depends on nothing that was learned.
    ///
    /// Records are taken 64 at a time, codebook by codebook, so that the keys of one codebook stay in the
    /// cache for all of them.
    ///
    /// - Parameters:
    ///   - vectors: [rows][dimension], finite.
    ///   - codes: [rows][C][T]; overwritten.
    /// - Throws: ``MemoryError`` while the keys are not frozen.
    public func encode(
        _ vectors: UnsafeBufferPointer<Float>, rows: Int, into codes: UnsafeMutableBufferPointer<UInt16>
    ) throws(MemoryError) {
        guard isFrozen, let codebooks else {
            throw MemoryError(
                .keys, "the keys are not frozen yet; initialise and freeze them before encoding")
        }
        precondition(vectors.count >= rows * dimension && codes.count >= rows * codesPerRecord)
        guard let source = vectors.baseAddress, let target = codes.baseAddress else { return }
        guard projection.columns != nil else {
            search(codebooks, source, stride: dimension, records: rows, into: target)
            return
        }
        let stride = projection.stride
        let block = 64
        withUnsafeTemporaryAllocation(of: Float.self, capacity: min(block, rows) * stride) { queries in
            guard let queries = queries.baseAddress else { return }
            for first in Swift.stride(from: 0, to: rows, by: block) {
                let count = min(block, rows - first)
                projection.project(source + first * dimension, rows: count, into: queries)
                search(
                    codebooks, queries, stride: stride, records: count,
                    into: target + first * codesPerRecord)
            }
        }
    }

    private func search(
        _ codebooks: Codebooks, _ queries: UnsafePointer<Float>, stride: Int, records: Int,
        into codes: UnsafeMutablePointer<UInt16>
    ) {
        let neighbours = configuration.neighbours
        guard neighbours > 1 else {
            codebooks.nearest(
                queries: queries, stride: stride, records: records, codes: codes, codeStride: codesPerRecord)
            return
        }
        for codebook in 0..<configuration.codebooks {
            for record in 0..<records {
                codebooks.nearest(
                    codebook: codebook,
                    query: queries + record * stride + codebook * configuration.keyDimension,
                    codes: UnsafeMutableBufferPointer(
                        start: codes + record * codesPerRecord + codebook * neighbours, count: neighbours))
            }
        }
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
        guard let codebooks, let vector = vector.baseAddress else { return }
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
                    result[codebook] = codebooks.nearest(codebook: codebook, query: query, among: usedKeys)
                } else {
                    codebooks.nearest(
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
