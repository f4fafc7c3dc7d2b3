/// Samples that wait until there are enough to make the keys from.
package struct KeyPool {
    /// The number of samples that the keys are made from.
    package let wanted: Int
    private var chunks: [Chunk] = []
    /// The number of samples that wait.
    package private(set) var rows = 0

    /// A pool that holds nothing yet.
    package init(wanted: Int) { self.wanted = wanted }

    /// Keeps the sound records of a chunk.
    package mutating func hold(_ chunk: Chunk) {
        let sound = chunk.soundOnly()
        if !sound.items.isEmpty { chunks.append(sound) }
        rows += sound.rows
    }

    /// Whether nothing waits.
    package var isEmpty: Bool { chunks.isEmpty }
    /// Whether there are enough.
    package var isFull: Bool { rows >= wanted }

    /// The vectors that wait, in order, as many as are wanted.
    ///
    /// - Parameter width: the values of a vector.
    package func vectors(width: Int) -> [Float] {
        Array(chunks.flatMap(\.batch.vectors).prefix(wanted * width))
    }

    /// Hands out what waited.
    package mutating func takeAll() -> [Chunk] {
        defer {
            chunks = []
            rows = 0
        }
        return chunks
    }
}
