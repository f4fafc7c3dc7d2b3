import Foundation
import Kafka
import Synchronization

/// Sends samples whose ids it knows.
final class SampleSource: Sendable {
    static let dimension = 4
    static let classes = 3

    private let producer: Producer
    private let state = Mutex<(acknowledged: Set<String>, refused: [KafkaError])>(([], []))
    private let ids = Mutex<[String]>([])

    init(_ properties: [String: String] = [:]) throws {
        let defaults = [
            "bootstrap.servers": Cluster.brokers, "linger.ms": "1", "message.max.bytes": "4000000",
        ]
        // Reports come on the producer's thread, which must not hold the producer.
        let reports = Reports()
        producer = try Producer(properties: defaults.merging(properties) { $1 }) { report in
            reports.receive?(report)
        }
        reports.receive = { [weak self] report in
            guard let self else { return }
            let id = self.ids.withLock { $0[report.ticket] }
            self.state.withLock {
                if let error = report.error { $0.refused.append(error) } else { $0.acknowledged.insert(id) }
            }
        }
    }

    /// Set once, before anything is sent.
    private final class Reports: @unchecked Sendable {
        var receive: ((Producer.DeliveryReport) -> Void)?
    }

    /// The ids of what has arrived for certain.
    var acknowledged: Set<String> { state.withLock { $0.acknowledged } }

    /// Why something did not arrive.
    var refused: [KafkaError] { state.withLock { $0.refused } }

    /// The record of a sample; its class and values follow from its number.
    static func record(_ id: String, number: Int) -> [UInt8] {
        let label = number % classes
        let values = (0..<dimension).map { place in
            let noise = Double((number &* 7_919 &+ place &* 104_729) % 1_000) / 1_000
            return "\((place == label ? 4.0 : 0.0) + noise)"
        }
        return Array(#"{"id":"\#(id)","x":[\#(values.joined(separator: ","))],"label":"c\#(label)"}"#.utf8)
    }

    /// Ids of that name.
    static func ids(_ name: String, _ numbers: Range<Int>) -> [String] { numbers.map { "\(name)-\($0)" } }

    /// Queues samples.
    ///
    /// - Parameters:
    ///   - partition: where to; spread by number over so many as `partitions` when nil.
    ///   - key: of a number, the record's key.
    ///   - padding: so many bytes more in each record.
    @discardableResult
    func queue(
        _ name: String, _ numbers: Range<Int>, to topic: String, partition: Int32? = nil, partitions: Int = 1,
        key: (Int) -> String? = { _ in nil }, padding: Int = 0
    ) throws -> [String] {
        let sent = Self.ids(name, numbers)
        for (id, number) in zip(sent, numbers) {
            var value = Self.record(id, number: number)
            // Spaces after the value are part of JSON.
            value += [UInt8](repeating: UInt8(ascii: " "), count: padding)
            try queue(
                value, id: id, to: topic, partition: partition ?? Int32(number % partitions),
                key: key(number))
        }
        return sent
    }

    /// Queues a record of any bytes.
    func queue(_ value: [UInt8], id: String, to topic: String, partition: Int32 = 0, key: String? = nil)
        throws
    {
        let ticket = ids.withLock {
            $0.append(id)
            return $0.count - 1
        }
        try producer.send(
            topic: topic, partition: partition, key: key.map { Array($0.utf8) }, value: value, ticket: ticket)
    }

    /// Waits until all that is queued lies in the log.
    func flush() throws {
        try producer.flush(timeoutMilliseconds: 60_000)
        if let error = refused.first { throw error }
    }

    /// Queues samples and waits until they lie in the log.
    @discardableResult
    func send(
        _ name: String, _ numbers: Range<Int>, to topic: String, partition: Int32? = nil, partitions: Int = 1,
        key: (Int) -> String? = { _ in nil }, padding: Int = 0
    ) throws -> [String] {
        let sent = try queue(
            name, numbers, to: topic, partition: partition, partitions: partitions, key: key, padding: padding
        )
        try flush()
        return sent
    }

    /// Gives up what has not arrived in time.
    func close(timeoutMilliseconds: Int = 30_000) { producer.close(timeoutMilliseconds: timeoutMilliseconds) }
}
