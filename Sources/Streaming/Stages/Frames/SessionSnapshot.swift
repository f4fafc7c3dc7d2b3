import ContinualInference
import Foundation
import Tensors

/// The sessions in a snapshot: a tensor of bytes with the states, tensors of numbers, and the names, in the order of
/// use, the least recent first; and the recordings that ended, in the order of their ends, without states.
struct SessionSnapshot: SnapshotPart {
    let table: SessionTable
    let states: SessionStates

    private enum Name {
        static let states = "sessions.states"
        static let numbers = "sessions.numbers"
        static let names = "sessions.names"
        static let lastFrames = "sessions.last_frames"
        static let time = "sessions"
        static let clock = "sessions.clock"
        static let records = "sessions.records"
        static let endedNumbers = "sessions.ended.numbers"
        static let endedRecords = "sessions.ended.records"
        static let endedNames = "sessions.ended.names"
    }

    /// Adds the sessions to a snapshot.
    func write(into file: inout Safetensors) {
        let width = states.plan.inputShape.count
        var bytes: [UInt8] = []
        var numbers: [Int] = []
        var names: [UInt8] = []
        var lastFrames: [Float] = []
        var records: [Int] = []
        let order = table.order
        for slot in order {
            guard let session = table.sessions[slot], let state = states.states[slot] else { continue }
            let encoded = state.encoded()
            if bytes.isEmpty { bytes.reserveCapacity(order.count * encoded.count) }
            bytes.append(contentsOf: encoded)
            numbers += session.numbers
            records += session.recordNumbers
            // A name has no control characters, so a line break parts them.
            names.append(contentsOf: session.name.utf8)
            names.append(UInt8(ascii: "\n"))
            if states.repeatsLast {
                lastFrames.append(contentsOf: states.lastFrames[(slot * width)..<((slot + 1) * width)])
            }
        }
        let count = order.count
        file.metadata[Name.time] = String(table.time)
        file.metadata[Name.clock] = "\(table.clock.near) \(table.clock.far)"
        write(table.ended.inOrder, into: &file)
        guard count > 0 else { return }
        file.tensors[Name.states] = TensorData(
            type: .uint8, shape: [count, bytes.count / count], bytes: bytes)
        file.tensors[Name.numbers] = TensorData(numbers, shape: [count, 4])
        file.tensors[Name.records] = TensorData(
            records, shape: [count, SessionTable.Session.recordNumberCount])
        file.tensors[Name.names] = TensorData(type: .uint8, shape: [names.count], bytes: names)
        if states.repeatsLast {
            file.tensors[Name.lastFrames] = TensorData(lastFrames, shape: [count, width])
        }
    }

    private func write(_ ended: [EndedSessions.Ended], into file: inout Safetensors) {
        guard !ended.isEmpty else { return }
        let names = ended.flatMap { Array($0.session.name.utf8) + [UInt8(ascii: "\n")] }
        file.tensors[Name.endedNames] = TensorData(type: .uint8, shape: [names.count], bytes: names)
        file.tensors[Name.endedNumbers] = TensorData(
            ended.flatMap { $0.session.numbers + [Int($0.time)] }, shape: [ended.count, 5])
        file.tensors[Name.endedRecords] = TensorData(
            ended.flatMap(\.session.recordNumbers),
            shape: [ended.count, SessionTable.Session.recordNumberCount])
    }

    init(table: SessionTable, states: SessionStates) {
        self.table = table
        self.states = states
    }

    /// The sessions of a snapshot.
    ///
    /// - Throws: ``StateError`` when tensors are missing or do not fit each other; `ContinualError` when a state is
    ///   damaged or of another network.
    init(
        restoring file: Safetensors, plan: Plan, policy: SessionTable.Policy, repeatsLast: Bool
    ) throws {
        guard let text = file.metadata[Name.time], let now = Int64(text) else {
            throw StateError("the snapshot has no sessions: it is of a stream of samples")
        }
        // Earlier versions believed every time: theirs is as good as one of a single record.
        let counts = (file.metadata[Name.clock] ?? "").split(separator: " ").compactMap { Int($0) }
        let clock = StreamTime(
            now: now, near: counts.count == 2 ? counts[0] : 0, far: counts.count == 2 ? counts[1] : 0)
        let ended = try Self.ended(in: file)
        var states = SessionStates(plan: plan, repeatsLast: repeatsLast)
        guard let encoded = file.tensors[Name.states] else {
            table = SessionTable(policy: policy, clock: clock, sessions: [], ended: ended)
            self.states = states
            return
        }
        let count = encoded.shape[0]
        let width = plan.inputShape.count
        let lastFrames = repeatsLast ? try file.tensor(Name.lastFrames).floats() : []
        guard count > 0, encoded.shape.count == 2, lastFrames.count == (repeatsLast ? count * width : 0)
        else {
            throw Self.damage
        }
        let size = encoded.shape[1]
        let sessions = try Self.sessions(
            count, in: file, names: Name.names, numbers: Name.numbers, columns: 4, records: Name.records
        ).map(\.session)
        for index in 0..<count {
            states.append(
                try StreamState(encoded.bytes[(index * size)..<((index + 1) * size)], plan: plan),
                lastFrame: repeatsLast ? lastFrames[(index * width)..<((index + 1) * width)] : [])
        }
        table = SessionTable(policy: policy, clock: clock, sessions: sessions, ended: ended)
        let open = table
        states.keep { open.sessions[$0] != nil }
        self.states = states
    }

    private static let damage = StateError("the snapshot's sessions do not fit each other: it is damaged")

    private static func ended(in file: Safetensors) throws -> EndedSessions {
        guard let numbers = file.tensors[Name.endedNumbers] else { return EndedSessions() }
        return EndedSessions(
            try sessions(
                numbers.shape[0], in: file, names: Name.endedNames, numbers: Name.endedNumbers, columns: 5,
                records: Name.endedRecords
            ).map { EndedSessions.Ended(session: $0.session, time: Int64($0.row[4])) })
    }

    /// The sessions of three tensors, with their rows of numbers.
    private static func sessions(
        _ count: Int, in file: Safetensors, names: String, numbers: String, columns: Int, records: String
    ) throws -> [(session: SessionTable.Session, row: [Int])] {
        let numbers = try file.tensor(numbers).integers() ?? []
        let names = try file.tensor(names).bytes.split(separator: UInt8(ascii: "\n"))
        let width = SessionTable.Session.recordNumberCount
        // Earlier versions knew no records.
        let records = file.tensors[records].map { $0.integers() ?? [] }
        guard numbers.count == count * columns, names.count == count,
            records.map({ $0.count == count * width }) ?? true
        else { throw damage }
        return (0..<count).map { index in
            let row = Array(numbers[(index * columns)..<((index + 1) * columns)])
            return (
                SessionTable.Session(
                    restoring: String(decoding: names[index], as: UTF8.self), row,
                    records: records.map { Array($0[(index * width)..<((index + 1) * width)]) }), row
            )
        }
    }
}
