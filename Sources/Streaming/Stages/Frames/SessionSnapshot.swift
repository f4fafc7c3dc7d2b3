import ContinualInference
import Foundation
import Tensors

/// The sessions in a snapshot: a tensor of bytes with the states, one of numbers, and the names, in the order of
/// use, the least recent first.
struct SessionSnapshot: SnapshotPart {
    let table: SessionTable
    let states: SessionStates

    private enum Name {
        static let states = "sessions.states"
        static let numbers = "sessions.numbers"
        static let names = "sessions.names"
        static let lastFrames = "sessions.last_frames"
        static let time = "sessions"
    }

    /// Adds the sessions to a snapshot.
    func write(into file: inout Safetensors) {
        let width = states.plan.inputShape.count
        var bytes: [UInt8] = []
        var numbers: [Int] = []
        var names: [UInt8] = []
        var lastFrames: [Float] = []
        let order = table.order
        for slot in order {
            guard let session = table.sessions[slot], let state = states.states[slot] else { continue }
            let encoded = state.encoded()
            if bytes.isEmpty { bytes.reserveCapacity(order.count * encoded.count) }
            bytes.append(contentsOf: encoded)
            numbers += [
                Int(session.sequence), Int(session.time), session.seen,
                Int(bitPattern: UInt(session.received)),
            ]
            // A name has no control characters, so a line break parts them.
            names.append(contentsOf: session.name.utf8)
            names.append(UInt8(ascii: "\n"))
            if states.repeatsLast {
                lastFrames.append(contentsOf: states.lastFrames[(slot * width)..<((slot + 1) * width)])
            }
        }
        let count = order.count
        file.metadata[Name.time] = String(table.time)
        guard count > 0 else { return }
        file.tensors[Name.states] = TensorData(
            type: .uint8, shape: [count, bytes.count / count], bytes: bytes)
        file.tensors[Name.numbers] = TensorData(numbers, shape: [count, 4])
        file.tensors[Name.names] = TensorData(type: .uint8, shape: [names.count], bytes: names)
        if states.repeatsLast {
            file.tensors[Name.lastFrames] = TensorData(lastFrames, shape: [count, width])
        }
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
        guard let text = file.metadata[Name.time], let time = Int64(text) else {
            throw StateError("the snapshot has no sessions: it is of a stream of samples")
        }
        var states = SessionStates(plan: plan, repeatsLast: repeatsLast)
        guard let encoded = file.tensors[Name.states] else {
            table = SessionTable(policy: policy, time: time, sessions: [])
            self.states = states
            return
        }
        let count = encoded.shape[0]
        let numbers = try file.tensor(Name.numbers).integers() ?? []
        let names = try file.tensor(Name.names).bytes.split(separator: UInt8(ascii: "\n"))
        let width = plan.inputShape.count
        let lastFrames = repeatsLast ? try file.tensor(Name.lastFrames).floats() : []
        guard count > 0, encoded.shape.count == 2, numbers.count == count * 4, names.count == count,
            lastFrames.count == (repeatsLast ? count * width : 0)
        else { throw StateError("the snapshot's sessions do not fit each other: it is damaged") }
        let size = encoded.shape[1]
        var sessions: [SessionTable.Session] = []
        for index in 0..<count {
            let row = Array(numbers[(index * 4)..<(index * 4 + 4)])
            sessions.append(
                SessionTable.Session(
                    restoring: String(decoding: names[index], as: UTF8.self), sequence: Int64(row[0]),
                    time: Int64(row[1]), seen: Int(row[2]), received: UInt64(UInt(bitPattern: Int(row[3])))))
            states.append(
                try StreamState(encoded.bytes[(index * size)..<((index + 1) * size)], plan: plan),
                lastFrame: repeatsLast ? lastFrames[(index * width)..<((index + 1) * width)] : [])
        }
        table = SessionTable(policy: policy, time: time, sessions: sessions)
        let open = table
        states.keep { open.sessions[$0] != nil }
        self.states = states
    }
}
