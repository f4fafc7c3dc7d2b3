import CRdKafka
import Synchronization

/// What a client's connections suffered of late: the causes for calls that only say that they failed.
///
/// librdkafka's log is where it is said at once and in every version, on the threads that it happens on; its errors
/// come only when somebody polls.
final class ConnectionFaults: Sendable {
    private struct Noted {
        let fault: ConnectionFault
        let time: ContinuousClock.Instant
    }

    /// A cause that was not said again for so long is none any more. librdkafka tries again after ten seconds at most.
    private static let lifetime = Duration.seconds(60)
    private static let limit = 100

    let security: ClientSecurity
    private let secrets: Secrets
    private let noted = Mutex<[Noted]>([])

    init(properties: [String: String]) {
        security = ClientSecurity(properties: properties)
        secrets = Secrets(in: properties)
    }

    /// Reads what librdkafka said of a connection; nil when it is not about one.
    func read(_ text: String) -> ConnectionFault? {
        ConnectionFault(
            said: secrets.removed(from: text), security: security, library: .current)
    }

    /// Writes down what librdkafka said of a connection.
    func note(_ text: String) {
        guard let fault = read(text) else { return }
        noted.withLock {
            if $0.count >= Self.limit { $0.removeFirst() }
            $0.append(Noted(fault: fault, time: .now))
        }
    }

    /// A broker answered: what was before is no cause of what comes.
    func clear() { noted.withLock { $0.removeAll() } }

    /// The most telling of the newest causes.
    var cause: ConnectionFault? {
        let now = ContinuousClock.now
        let recent = noted.withLock { $0.filter { $0.time.duration(to: now) < Self.lifetime } }.map(\.fault)
        return Self.mostTelling(recent)
    }

    /// The cause when every broker that the client began with has one since a moment: nothing is to be waited for.
    ///
    /// - Parameter lasting: counts only those that do not pass by themselves.
    func causeOfAll(since moment: ContinuousClock.Instant, lasting: Bool) -> ConnectionFault? {
        let since = noted.withLock { $0.filter { $0.time >= moment } }.map(\.fault)
            .filter { !lasting || !$0.passes }
        guard Set(since.map(\.broker)).count >= security.bootstrapCount else { return nil }
        return Self.mostTelling(since)
    }

    private static func mostTelling(_ faults: [ConnectionFault]) -> ConnectionFault? {
        faults.last { !$0.passes } ?? faults.last { $0.cause != .closed && $0.cause != .other } ?? faults.last
    }

    /// What a call ended with, with its cause where librdkafka's code hides one.
    func error(_ code: rd_kafka_resp_err_t, _ context: String) -> KafkaError {
        switch code {
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
            RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__SSL, RD_KAFKA_RESP_ERR__AUTHENTICATION:
            if let cause { return KafkaError(cause, context) }
        default: break
        }
        return KafkaError(code, context)
    }

    /// Throws what librdkafka returned, with its cause, if it returned an error.
    func check(_ code: rd_kafka_resp_err_t, _ context: @autoclosure () -> String) throws {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw error(code, context()) }
    }

    /// An error of no call, as the error callback has it.
    func error(_ code: rd_kafka_resp_err_t, _ context: String, said reason: String?) -> KafkaError {
        switch code {
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__SSL, RD_KAFKA_RESP_ERR__AUTHENTICATION,
            RD_KAFKA_RESP_ERR__RESOLVE:
            if let reason, let fault = read(reason) { return KafkaError(fault, context) }
        default: break
        }
        return KafkaError(code, context, reason: reason)
    }
}
