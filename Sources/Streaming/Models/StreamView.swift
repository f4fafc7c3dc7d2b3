/// What a stream's model answers at one moment, to be asked on any thread while the stream goes on.
package struct StreamView: Sendable {
    /// How often what the model answers had changed by then.
    package let revision: Int
    /// The number of traces that had been learned.
    package let tracesLearned: Int
    private let reply: @Sendable (_ vector: [Float], _ wantsReasons: Bool) throws -> Reply

    init(
        revision: Int, tracesLearned: Int,
        _ reply: @escaping @Sendable (_ vector: [Float], _ wantsReasons: Bool) throws -> Reply
    ) {
        self.revision = revision
        self.tracesLearned = tracesLearned
        self.reply = reply
    }

    /// What the model answers a vector, with the bits that the stream would answer it with. Changes nothing.
    ///
    /// - Throws: `MemoryError` while there are no keys, or when the vector has another length or values that are not finite.
    package func answer(_ vector: [Float], wantsReasons: Bool = false) throws -> Reply {
        try reply(vector, wantsReasons)
    }
}
