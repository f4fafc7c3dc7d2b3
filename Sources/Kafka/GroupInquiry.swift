import CRdKafka
import Dispatch
import Synchronization

/// Asks who is in a group and what is committed for it, on a thread of its own.
///
/// By the calls that wait: those of the admin interface, which would not, end librdkafka 2.0.2 by an assertion now and
/// then.
///
/// `@unchecked Sendable`: a `rd_kafka_t` may be used from any thread; the rest is constant or locked.
final class GroupInquiry: @unchecked Sendable {
    private enum State {
        case idle, asking
        case answered(GroupState)
    }

    /// Both questions together take less than closing may.
    private static let timeoutMilliseconds = 2_000
    private let client: OpaquePointer
    private let group: String
    private let queue = DispatchQueue(label: "kafka.group")
    private let state = Mutex(State.idle)

    init(client: OpaquePointer, group: String) {
        self.client = client
        self.group = group
    }

    /// Asks, unless an answer is still to come.
    ///
    /// - Parameter withMembers: whether every broker is asked for the group's members too.
    func ask(_ partitions: [TopicPartition], withMembers: Bool) {
        let isIdle = state.withLock { state in
            guard case .idle = state else { return false }
            state = .asking
            return true
        }
        guard isIdle else { return }
        queue.async { [self] in
            let committed = committed(partitions)
            let members = committed != nil && withMembers ? members() : nil
            state.withLock {
                $0 = committed.map { .answered(GroupState(committed: $0, members: members)) } ?? .idle
            }
        }
    }

    /// The answer, when it has come since it was asked for; none comes while the coordinator is away.
    func take() -> GroupState? {
        state.withLock { state in
            guard case .answered(let answer) = state else { return nil }
            state = .idle
            return answer
        }
    }

    /// Waits until nothing is asked any more.
    func wait() { queue.sync {} }

    private func committed(_ partitions: [TopicPartition]) -> [TopicPartition: TopicPartitionOffset]? {
        let list = PartitionList(partitions)
        let code = rd_kafka_committed(client, list.pointer, Int32(Self.timeoutMilliseconds))
        return code == RD_KAFKA_RESP_ERR_NO_ERROR ? PartitionList.positions(of: list.pointer) : nil
    }

    /// Without the right to describe the group, or with a broker that cannot, there is nothing to say.
    private func members() -> [GroupMember] {
        var members: [GroupMember] = []
        _ = Consumer.members(
            of: group, client, timeoutMilliseconds: Self.timeoutMilliseconds, &members)
        return members
    }
}
