import CRdKafka

/// What went wrong in talking to Kafka, where, and what to do about it.
///
/// `code` and `name` are librdkafka's: negative codes arise in the client (`_TRANSPORT`, `_QUEUE_FULL`), positive
/// ones are the broker's answer (`TOPIC_AUTHORIZATION_FAILED`). The topic, partition or property concerned stands
/// in `message`. Values of secret properties never do.
public struct KafkaError: Error, Sendable, CustomStringConvertible {
    /// librdkafka's number of the error.
    public let code: Int32
    /// librdkafka's name of the error, such as `_QUEUE_FULL` or `UNKNOWN_TOPIC_OR_PART`.
    public let name: String
    /// What was wrong, and where.
    public let message: String
    /// The client cannot go on: close it and open a new one.
    public let isFatal: Bool
    /// What a connection suffered, where that is the cause.
    public let fault: ConnectionFault?

    init(_ code: rd_kafka_resp_err_t, _ context: String, reason: String? = nil, isFatal: Bool = false) {
        self.code = code.rawValue
        self.name = String(cString: rd_kafka_err2name(code))
        let said = reason ?? String(cString: rd_kafka_err2str(code))
        self.message = said.isEmpty ? context : "\(context): \(said)"
        self.isFatal = isFatal
        fault = nil
    }

    /// What a connection suffered is the cause.
    init(_ fault: ConnectionFault, _ context: String) {
        code = fault.code.rawValue
        name = String(cString: rd_kafka_err2name(fault.code))
        message = "\(context): \(fault.message)"
        isFatal = false
        self.fault = fault
    }

    /// The same call may succeed later without anything being changed.
    public var isRetriable: Bool {
        guard !isFatal else { return false }
        if let fault { return fault.passes }
        switch rd_kafka_resp_err_t(rawValue: code) {
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TIMED_OUT,
            RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
            RD_KAFKA_RESP_ERR__QUEUE_FULL,
            RD_KAFKA_RESP_ERR__RESOLVE, RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__WAIT_CACHE,
            RD_KAFKA_RESP_ERR__IN_PROGRESS, RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__NODE_UPDATE,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
            return true
        default:
            return false
        }
    }

    /// What a person can do about it.
    public var advice: String {
        if isFatal { return "Close this client and open a new one." }
        if let fault { return fault.advice }
        switch rd_kafka_resp_err_t(rawValue: code) {
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
            return
                "Check bootstrap.servers, that the brokers run, and that security.protocol matches their listener."
        case RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
            return "Check that the brokers are reachable; try again or allow more time."
        case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
            return
                "What answers is no broker that this librdkafka (\(ClientLibrary.current.version)) can speak with: a controller's port, or a broker much older or newer than it."
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
            return
                "The broker did not take the message within message.timeout.ms; check that it runs, then send again."
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            return "Send more slowly, check that the broker runs, or raise queue.buffering.max.messages."
        case RD_KAFKA_RESP_ERR__INVALID_ARG:
            return "Correct the property or argument; librdkafka's CONFIGURATION.md lists all properties."
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
            RD_KAFKA_RESP_ERR__SSL:
            return "Check security.protocol, the sasl.* credentials and the ssl.* certificates."
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            return "Grant this user the right on the topic, group or cluster (ACL)."
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            return "Create the topic, or correct its name or the partition number."
        case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET,
            RD_KAFKA_RESP_ERR__NO_OFFSET:
            return
                "Records were deleted before they were read, or none is committed; seek to an offset that exists."
        case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
            return "Poll more often, take smaller batches, or raise max.poll.interval.ms."
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            return "Send smaller messages, or raise message.max.bytes here and on the broker."
        case RD_KAFKA_RESP_ERR__UNKNOWN_GROUP:
            return "Set group.id."
        case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
            RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
            return "The group is sharing out its partitions anew; poll, then commit what is still assigned."
        case RD_KAFKA_RESP_ERR__DESTROY, RD_KAFKA_RESP_ERR__STATE:
            return "Use an open client, and seek or pause only partitions that are assigned."
        default:
            return isRetriable ? "Try again." : "See librdkafka's documentation of \(name)."
        }
    }

    /// The whole of it on one line.
    public var description: String { "\(message) [\(name) \(code)]. \(advice)" }

    /// The error that made `client` unusable, if one did.
    static func fatal(of client: OpaquePointer) -> KafkaError? {
        var text = [CChar](repeating: 0, count: 512)
        let code = rd_kafka_fatal_error(client, &text, text.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(code, "the client has failed for good", reason: string(text), isFatal: true)
    }

    /// Throws what librdkafka returned, if it returned an error.
    static func check(_ code: rd_kafka_resp_err_t, _ context: @autoclosure () -> String) throws {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code, context()) }
    }

    /// Throws and frees an error object, if there is one.
    static func check(_ error: OpaquePointer?, _ context: @autoclosure () -> String) throws {
        guard let error else { return }
        defer { rd_kafka_error_destroy(error) }
        throw KafkaError(
            rd_kafka_error_code(error), context(), reason: String(cString: rd_kafka_error_string(error)),
            isFatal: rd_kafka_error_is_fatal(error) != 0)
    }

    /// The text in a C buffer up to its zero.
    static func string(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
