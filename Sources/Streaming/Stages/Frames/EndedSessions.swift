/// The recordings that ended, for as long as a record of theirs may come again.
package struct EndedSessions: Sendable, Equatable {
    /// A recording that ended.
    package struct Ended: Sendable, Equatable {
        /// As it was at its end.
        package var session: SessionTable.Session
        /// The stream's time at its end.
        package var time: Int64

        package init(session: SessionTable.Session, time: Int64) {
            self.session = session
            self.time = time
        }
    }

    /// The most that are remembered; of more the earliest are forgotten.
    package static let limit = 10_000
    /// How long one is remembered, milliseconds of the stream's time.
    package static let span: Int64 = 600_000

    private var byName: [String: (number: Int, ended: Ended)] = [:]
    /// In the order of the ends. Names that ended again stand there twice: the number says which place is theirs.
    private var queue: [(name: String, number: Int)] = []
    private var head = 0
    private var next = 0

    package init() {}

    /// The memory of a snapshot.
    package init(_ ended: [Ended]) {
        for ended in ended { add(ended) }
    }

    package static func == (one: EndedSessions, other: EndedSessions) -> Bool { one.inOrder == other.inOrder }

    /// All that are remembered, in the order of their ends.
    package var inOrder: [Ended] {
        queue[head...].compactMap { entry in
            byName[entry.name].flatMap { $0.number == entry.number ? $0.ended : nil }
        }
    }

    /// The recording of a name that ended last.
    func ended(_ name: String, at time: Int64) -> SessionTable.Session? {
        guard let ended = byName[name]?.ended, !Self.isOver(ended, at: time) else { return nil }
        return ended.session
    }

    private static func isOver(_ ended: Ended, at time: Int64) -> Bool {
        // Without times nothing grows old.
        ended.time != .min && time != .min && time - ended.time > span
    }

    /// Remembers a recording, and forgets those that are too many or too old.
    mutating func add(_ ended: Ended) {
        byName[ended.session.name] = (next, ended)
        queue.append((ended.session.name, next))
        next += 1
        while head < queue.count {
            let first = queue[head]
            if let known = byName[first.name], known.number == first.number {
                guard byName.count > Self.limit || Self.isOver(known.ended, at: ended.time) else { break }
                byName[first.name] = nil
            }
            head += 1
        }
        if head >= 1_024, head * 2 >= queue.count {
            queue.removeFirst(head)
            head = 0
        }
    }
}
