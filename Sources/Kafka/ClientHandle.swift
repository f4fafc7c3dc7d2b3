import CRdKafka

/// A consumer's librdkafka client, destroyed with the last holder.
///
/// Record batches hold it too: librdkafka waits for ever for messages that outlive their client.
/// `@unchecked Sendable`: a `rd_kafka_t` may be used from any thread, and `state` is only kept alive here.
final class ClientHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    private let state: AnyObject

    init(_ pointer: OpaquePointer, keepingAlive state: AnyObject) {
        self.pointer = pointer
        self.state = state
    }

    deinit {
        // The consumer has left its group already; doing it here would run callbacks on a stranger's thread.
        let (client, state) = (UInt(bitPattern: pointer), KeptAlive(object: state))
        ClientClosing.run {
            rd_kafka_destroy_flags(OpaquePointer(bitPattern: client), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            // Callbacks may use it as long as the client is there.
            withExtendedLifetime(state) {}
        }
    }
}

/// `@unchecked Sendable`: it is kept alive and not used.
private struct KeptAlive: @unchecked Sendable {
    let object: AnyObject
}
