import CFixedPorts
import CRdKafka
import Glibc
import Synchronization

/// A Kafka broker inside this process, for tests, demonstrations and fault injection.
///
/// ```swift
/// let broker = try EmbeddedBroker(port: 9092, topics: [("samples", 4)])
/// let properties = EmbeddedBroker.clientProperties.merging(
///     ["bootstrap.servers": broker.bootstrapServers, "group.id": "readers"]) { $1 }
/// ```
///
/// It is librdkafka's mock cluster: the real protocol on loopback, for clients in any process and language. It is not
/// a Kafka to rely on:
/// - Everything is in memory. A partition keeps its newest 5 MiB (as compressed) or 100,000 batches.
/// - There is no admin API, no compaction, no retention by time, and no lookup of offsets by timestamp.
/// - Transactions are accepted and have no effect: readers see aborted records, and no producer is fenced.
/// - A topic that a client asks about is created, always with 4 partitions.
/// - A new group takes 3 s to form, later rebalances take `session.timeout.ms` - 1 s.
/// - kafka-python 3 does not work with it; kcat, confluent-kafka and kafka-python 2 do.
public final class EmbeddedBroker: Sendable {
    /// The kinds of request that can be made to fail.
    public enum Request: Int16, Sendable {
        /// Messages from a producer.
        case produce = 0
        /// A consumer's request for records.
        case fetch = 1
        /// A group's commit.
        case offsetCommit = 8
    }

    /// Client properties that go well with the embedded broker, for consumers and producers.
    ///
    /// It does not wake a waiting fetch when records arrive, so the wait must be short; and it holds a rebalance up
    /// for nearly the session timeout, which must be above 3 s for a group to form at all.
    public static let clientProperties = [
        "session.timeout.ms": "4000",
        "heartbeat.interval.ms": "400",
        "fetch.wait.max.ms": "10",
        "reconnect.backoff.ms": "20",
        "reconnect.backoff.max.ms": "500",
    ]

    /// The addresses for `bootstrap.servers`.
    public let bootstrapServers: String
    private let brokerCount: Int
    private let cluster: Mutex<Cluster?>

    /// `@unchecked Sendable`: librdkafka hands each call on to the cluster's own thread; the lock orders them and `stop`.
    private struct Cluster: @unchecked Sendable {
        let host: OpaquePointer
        let pointer: OpaquePointer
    }

    /// Starts the brokers.
    ///
    /// - Parameters:
    ///   - brokers: how many, 1 to 16.
    ///   - port: the port of the first on 127.0.0.1, the others follow; `nil` for ports that are free.
    ///   - topics: created at once, each with its number of partitions.
    /// - Throws: an error that names the port if it is in use.
    public init(brokers: Int = 1, port: Int? = nil, topics: [(name: String, partitions: Int)] = []) throws {
        guard (1...FIXED_PORTS_MAX).contains(brokers) else {
            throw KafkaError(
                RD_KAFKA_RESP_ERR__INVALID_ARG, "embedded broker",
                reason: "\(brokers) brokers; 1 to 16 can be")
        }
        if let port, port < 1 || port + brokers - 1 > 65_535 {
            throw KafkaError(
                RD_KAFKA_RESP_ERR__INVALID_ARG, "embedded broker",
                reason: "port \(port) is not within 1 to 65535")
        }
        var configuration = try Configuration(properties: [:], defaults: [:])
        let host = try configuration.makeClient(RD_KAFKA_PRODUCER)
        do {
            let pointer = try Self.start(host, brokers: brokers, port: port)
            brokerCount = brokers
            bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(pointer))
            cluster = Mutex(Cluster(host: host, pointer: pointer))
        } catch {
            rd_kafka_destroy(host)
            throw error
        }
        for topic in topics { try createTopic(topic.name, partitions: topic.partitions) }
    }

    deinit { stop() }

    private static func start(_ host: OpaquePointer, brokers: Int, port: Int?) throws -> OpaquePointer {
        if let port {
            var failed: UInt16 = 0
            let error = fixed_ports_begin(UInt16(port), Int32(brokers), &failed)
            guard error == 0 else {
                throw KafkaError(
                    RD_KAFKA_RESP_ERR__INVALID_ARG, "embedded broker on port \(failed)",
                    reason: error == EADDRINUSE
                        ? "the port is in use; stop the program that holds it or choose another"
                        : String(cString: strerror(error)))
            }
        }
        let pointer = rd_kafka_mock_cluster_new(host, Int32(brokers))
        let fixed = port == nil ? brokers : Int(fixed_ports_end())
        guard let pointer else {
            throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, "embedded broker", reason: "librdkafka cannot start it")
        }
        guard fixed == brokers else {
            rd_kafka_mock_cluster_destroy(pointer)
            throw KafkaError(
                RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, "embedded broker",
                reason: "its port cannot be chosen in this program, as librdkafka is not linked dynamically")
        }
        return pointer
    }

    /// Creates a topic.
    ///
    /// - Throws: `TOPIC_ALREADY_EXISTS` if there is one of that name.
    public func createTopic(_ name: String, partitions: Int) throws {
        try withCluster("creating topic \(name) with \(partitions) partitions") {
            rd_kafka_mock_topic_create($0, name, Int32(clamping: partitions), 1)
        }
    }

    /// Answers the next `count` requests of a kind with an error, one of Kafka's codes such as 29 for
    /// `TOPIC_AUTHORIZATION_FAILED` or 7 for `REQUEST_TIMED_OUT`.
    public func failNext(_ count: Int, _ request: Request, code: Int32) throws {
        try withCluster("making requests fail") {
            let errors = [rd_kafka_resp_err_t](repeating: rd_kafka_resp_err_t(rawValue: code), count: count)
            rd_kafka_mock_push_request_errors_array($0, request.rawValue, count, errors)
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// Tells clients that ask about a topic of an error, such as 3 for `UNKNOWN_TOPIC_OR_PART`; 0 ends that.
    public func setError(ofTopic topic: String, code: Int32) throws {
        try withCluster("setting the error of topic \(topic)") {
            rd_kafka_mock_topic_set_error($0, topic, rd_kafka_resp_err_t(rawValue: code))
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// Holds every answer back for a time.
    public func setRoundTripTime(milliseconds: Int) throws {
        for id in 1...Int32(brokerCount) {
            try withCluster("setting the round trip time") {
                rd_kafka_mock_broker_set_rtt($0, id, Int32(clamping: milliseconds))
            }
        }
    }

    /// Closes a broker's connections and takes no new ones. Its records stay.
    ///
    /// - Parameter broker: its number, from 1.
    public func takeDown(broker: Int = 1) throws {
        try withCluster("taking broker \(broker) down") {
            rd_kafka_mock_broker_set_down($0, Int32(clamping: broker))
        }
    }

    /// Brings back a broker on the port it had.
    ///
    /// - Parameter broker: its number, from 1.
    public func bringUp(broker: Int = 1) throws {
        try withCluster("bringing broker \(broker) up") {
            rd_kafka_mock_broker_set_up($0, Int32(clamping: broker))
        }
    }

    /// Ends the brokers; all records are gone. Calling it again does nothing.
    public func stop() {
        let last = cluster.withLock { cluster in
            defer { cluster = nil }
            return cluster
        }
        guard let last else { return }
        rd_kafka_mock_cluster_destroy(last.pointer)
        rd_kafka_destroy(last.host)
    }

    private func withCluster(_ action: String, _ body: (OpaquePointer) -> rd_kafka_resp_err_t) throws {
        try cluster.withLock { cluster in
            guard let cluster else {
                throw KafkaError(RD_KAFKA_RESP_ERR__DESTROY, action, reason: "the embedded broker is stopped")
            }
            try KafkaError.check(body(cluster.pointer), action)
        }
    }
}
