/// A consumer that has joined a group.
public struct GroupMember: Hashable, Sendable {
    /// Its `client.id`.
    public let clientID: String
    /// From where it came, as the broker saw it.
    public let host: String
}
