import Dispatch
import Synchronization
import Tensors

extension Bottleneck {
    /// Makes the keys from unlabelled embeddings.
    ///
    /// - Parameters:
    ///   - vectors: [rows][dimension], finite.
    ///   - progress: called with the finished part, 0 to 1, from any thread.
    /// - Returns: how the vectors spread over the keys.
    /// - Throws: ``MemoryError`` when the keys are frozen or there is no vector.
    @discardableResult
    public mutating func initialiseKeys(
        from vectors: [Float], progress: @Sendable (Double) -> Void = { _ in }
    ) throws(MemoryError) -> KeyReport {
        guard !vectors.isEmpty, vectors.count % dimension == 0 else {
            throw MemoryError(
                .vectors,
                "\(vectors.count) values are no whole number of vectors of length \(dimension), or none")
        }
        let rows = vectors.count / dimension
        var queries = [Float](repeating: 0, count: rows * projection.stride)
        vectors.withUnsafeBufferPointer { vectors in
            queries.withUnsafeMutableBufferPointer { queries in
                if let source = vectors.baseAddress, let target = queries.baseAddress {
                    projection.project(source, rows: rows, into: target)
                }
            }
        }
        let keys =
            switch configuration.keyMethod {
            case .kmeans: kMeansKeys(queries, rows: rows, progress: progress)
            case .ema: movingAverageKeys(queries, rows: rows, progress: progress)
            }
        try setKeys(keys)
        return report(queries, rows: rows)
    }

    /// How samples spread over the keys.
    private func report(_ queries: [Float], rows: Int) -> KeyReport {
        let (c, j) = (configuration.codebooks, configuration.keys)
        var uses = [UInt64](repeating: 0, count: c * j)
        guard let codebooks else { preconditionFailure("the keys were set just before") }
        var codes = [UInt16](repeating: 0, count: rows * c)
        codebooks.nearest(
            queries: queries, stride: projection.stride, records: rows, codes: &codes, codeStride: c)
        for (position, code) in codes.enumerated() { uses[position % c * j + Int(code)] += 1 }
        return KeyReport(
            samples: rows, usage: CodebookUsage(uses: uses, codebooks: c),
            repeated: codebooks.repeatedCount, absent: c * j - codebooks.presentCount)
    }

    /// The codebooks are independent, so they are spread over the cores.
    private func kMeansKeys(
        _ queries: [Float], rows: Int, progress: @Sendable (Double) -> Void
    ) -> [Float] {
        let configuration = configuration
        let stride = projection.stride
        let size = configuration.keys * configuration.keyDimension
        let done = Atomic<Int>(0)
        let results = Mutex([Float](repeating: 0, count: configuration.codebooks * size))
        queries.withUnsafeBufferPointer { queries in
            // The buffer outlives the concurrent part and is only read in it.
            nonisolated(unsafe) let start = queries.baseAddress!
            DispatchQueue.concurrentPerform(iterations: configuration.codebooks) { codebook in
                var random = RandomGenerator(seed: configuration.seed &* 1_000_003 &+ UInt64(codebook))
                let first = start + codebook * configuration.keyDimension
                var means = KMeans(
                    count: configuration.keys, dimension: configuration.keyDimension, queries: first,
                    stride: stride, samples: rows, random: &random)
                for _ in 0..<configuration.keyPasses {
                    means.iterate(
                        queries: first, stride: stride, samples: rows, reseed: !configuration.faithful)
                }
                if !configuration.faithful { means.settle(queries: first, stride: stride, samples: rows) }
                results.withLock {
                    $0.replaceSubrange((codebook * size)..<((codebook + 1) * size), with: means.means)
                }
                let count = done.add(1, ordering: .relaxed).newValue
                progress(Double(count) / Double(configuration.codebooks))
            }
        }
        return results.withLock { $0 }
    }

    /// Passes of shuffled batches of 256 over the samples.
    private func movingAverageKeys(
        _ queries: [Float], rows: Int, progress: (Double) -> Void
    ) -> [Float] {
        var random = RandomGenerator(seed: configuration.seed &* 1_000_003)
        let stride = projection.stride
        let (c, j, k) = (configuration.codebooks, configuration.keys, configuration.keyDimension)
        let batch = min(256, rows)
        var start = [Float](repeating: 0, count: c * j * k)
        if configuration.faithful {
            for index in start.indices { start[index] = Float(random.normal()) }
        } else {
            for codebook in 0..<c {
                let means = queries.withUnsafeBufferPointer {
                    KMeans(
                        count: j, dimension: k, queries: $0.baseAddress! + codebook * k, stride: stride,
                        samples: rows, random: &random)
                }
                start.replaceSubrange((codebook * j * k)..<((codebook + 1) * j * k), with: means.means)
            }
        }
        // A tenth of the share of a batch that each key would get if all were equal. Sizes start there times
        // ten, so that a key has a fair time to prove itself; the official code starts them at zero.
        let threshold = 0.1 * Float(batch) / Float(j)
        let size = configuration.faithful ? 0 : threshold * 10
        var averages = MovingAverageKeys(
            keys: start, averages: configuration.faithful ? start : start.map { $0 * size },
            sizes: [Float](repeating: size, count: c * j), codebooks: c, count: j, dimension: k)
        var gathered = [Float](repeating: 0, count: batch * stride)
        for pass in 0..<configuration.keyPasses {
            let order = random.permutation(rows)
            for first in Swift.stride(from: 0, to: rows - batch + 1, by: batch) {
                for row in 0..<batch {
                    let source = order[first + row] * stride
                    gathered.replaceSubrange(
                        (row * stride)..<((row + 1) * stride), with: queries[source..<(source + stride)])
                }
                averages.step(queries: gathered, stride: stride, records: batch)
                averages.replaceIdle(
                    below: threshold, queries: gathered, stride: stride, records: batch,
                    faithful: configuration.faithful, random: &random)
            }
            progress(Double(pass + 1) / Double(configuration.keyPasses))
        }
        guard !configuration.faithful else { return averages.keys }
        // The formula of the keys draws those of few samples towards zero; the plain averages do not.
        var keys = zip(averages.averages, averages.sizes.flatMap { repeatElement($0, count: k) }).map {
            $0 / $1
        }
        queries.withUnsafeBufferPointer { queries in
            for codebook in 0..<c {
                let range = (codebook * j * k)..<((codebook + 1) * j * k)
                var means = KMeans(means: Array(keys[range]), dimension: k)
                means.settle(queries: queries.baseAddress! + codebook * k, stride: stride, samples: rows)
                keys.replaceSubrange(range, with: means.means)
            }
        }
        return keys
    }
}
