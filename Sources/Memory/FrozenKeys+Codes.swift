extension FrozenKeys {
    /// The codes of a batch, as an array [rows][C][T].
    ///
    /// - Parameter vectors: [rows][dimension], finite.
    /// - Throws: ``MemoryError`` when the vectors have another length.
    public func encode(_ vectors: [Float], rows: Int) throws(MemoryError) -> [UInt16] {
        guard vectors.count == rows * dimension else {
            throw MemoryError(
                .vectors, "\(vectors.count) values given for \(rows) vectors of length \(dimension)")
        }
        var codes = [UInt16](repeating: 0, count: rows * codesPerRecord)
        vectors.withUnsafeBufferPointer { vectors in
            codes.withUnsafeMutableBufferPointer { encode(vectors, rows: rows, into: $0) }
        }
        return codes
    }

    /// The codes of a batch: the nearest keys in every codebook.
    ///
    /// Records are taken 64 at a time, codebook by codebook, so that the keys of one codebook stay in the
    /// cache for all of them.
    ///
    /// - Parameters:
    ///   - vectors: [rows][dimension], finite.
    ///   - codes: [rows][C][T]; overwritten.
    public func encode(
        _ vectors: UnsafeBufferPointer<Float>, rows: Int, into codes: UnsafeMutableBufferPointer<UInt16>
    ) {
        precondition(vectors.count >= rows * dimension && codes.count >= rows * codesPerRecord)
        guard let source = vectors.baseAddress, let target = codes.baseAddress else { return }
        guard projection.columns != nil else {
            search(source, stride: dimension, records: rows, into: target)
            return
        }
        let stride = projection.stride
        let block = 64
        withUnsafeTemporaryAllocation(of: Float.self, capacity: min(block, rows) * stride) { queries in
            guard let queries = queries.baseAddress else { return }
            for first in Swift.stride(from: 0, to: rows, by: block) {
                let count = min(block, rows - first)
                projection.project(source + first * dimension, rows: count, into: queries)
                search(queries, stride: stride, records: count, into: target + first * codesPerRecord)
            }
        }
    }

    private func search(
        _ queries: UnsafePointer<Float>, stride: Int, records: Int, into codes: UnsafeMutablePointer<UInt16>
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
}
