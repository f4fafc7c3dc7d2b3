import Dispatch
import Synchronization

/// Work on many records, spread over the cores in chunks of neighbouring ones.
enum ChunkWork {
    /// The fewest records that are worth a chunk.
    private static let recordsMin = 64

    /// Makes the chunks of so many records, and encodes them, on all cores.
    static func chunks(
        of records: Int, workers: Int, _ encode: VectorEncoder, _ make: @Sendable (Range<Int>) -> Chunk
    ) throws -> [Chunk] {
        let size = max(recordsMin, (records + workers - 1) / workers)
        let count = (records + size - 1) / size
        let results = Mutex([Result<Chunk, any Error>?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let result = Result {
                var chunk = make((index * size)..<min(records, (index + 1) * size))
                try chunk.encode(encode)
                return chunk
            }
            results.withLock { $0[index] = result }
        }
        return try results.withLock { $0 }.compactMap { try $0?.get() }
    }
}
