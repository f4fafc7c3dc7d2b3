/// Samples that wait until there are enough to make the keys from.
struct KeyPool {
    /// The number of samples that the keys are made from.
    let wanted: Int
    private var chunks: [Chunk] = []
    /// The number of samples that wait.
    private(set) var rows = 0

    init(wanted: Int) { self.wanted = wanted }

    /// Keeps the sound records of a chunk.
    mutating func hold(_ chunk: Chunk) {
        let sound = chunk.soundOnly()
        if !sound.items.isEmpty { chunks.append(sound) }
        rows += sound.rows
    }

    var isEmpty: Bool { chunks.isEmpty }
    var isFull: Bool { rows >= wanted }

    /// The vectors that wait, in order, as many as are wanted.
    ///
    /// - Parameter width: the values of a vector.
    func vectors(width: Int) -> [Float] { Array(chunks.flatMap(\.batch.vectors).prefix(wanted * width)) }

    /// Hands out what waited.
    mutating func takeAll() -> [Chunk] {
        defer {
            chunks = []
            rows = 0
        }
        return chunks
    }
}
