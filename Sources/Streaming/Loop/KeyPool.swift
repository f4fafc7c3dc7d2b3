/// Samples that wait until there are enough to make the keys from.
package struct KeyPool {
    /// The number of samples that the keys are made from.
    package let wanted: Int
    private var held: [(chunk: Chunk, isAltered: Bool)] = []
    /// The number of samples that wait.
    package private(set) var rows = 0

    /// A pool that holds nothing yet.
    package init(wanted: Int) { self.wanted = wanted }

    /// Keeps the sound records of a chunk.
    ///
    /// - Parameter isAltered: whether the answers to them may be others than before.
    package mutating func hold(_ chunk: Chunk, isAltered: Bool = false) {
        let sound = chunk.soundOnly()
        if !sound.items.isEmpty { held.append((sound, isAltered)) }
        rows += sound.rows
    }

    /// Whether nothing waits.
    package var isEmpty: Bool { held.isEmpty }
    /// Whether there are enough.
    package var isFull: Bool { rows >= wanted }

    /// The vectors that wait, in order, as many as are wanted.
    ///
    /// - Parameter width: the values of a vector.
    package func vectors(width: Int) -> [Float] {
        Array(held.flatMap(\.chunk.batch.vectors).prefix(wanted * width))
    }

    /// Hands out what waited, with what ``hold(_:isAltered:)`` was told of it.
    package mutating func takeAll() -> [(chunk: Chunk, isAltered: Bool)] {
        defer {
            held = []
            rows = 0
        }
        return held
    }
}
