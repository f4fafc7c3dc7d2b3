import Foundation

extension Configuration {
    /// Settings of both clients.
    private var clientProperties: [String: String] {
        var properties = [
            "bootstrap.servers": brokers,
            "client.id": "weir-\(stream)",
            // A small request is sent at once; librdkafka would wait for the answer to the one before.
            "socket.nagle.disable": "true",
        ]
        properties.merge(kafka) { $1 }
        return properties
    }

    /// librdkafka's word for producers alone; the consumer would warn of it.
    private static let producerOnly = [
        "linger.ms", "queue.buffering.", "acks", "request.required.acks", "compression.", "batch.",
        "message.timeout.ms",
        "delivery.timeout.ms", "message.send.max.retries", "retries", "partitioner", "transactional.id",
        "transaction.timeout.ms",
        "enable.idempotence", "enable.gapless.guarantee", "sticky.partitioning.linger.ms",
        "request.timeout.ms",
        "delivery.report.only.error",
    ]

    /// librdkafka's word for consumers alone.
    private static let consumerOnly = [
        "fetch.", "queued.", "session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy",
        "group.", "max.poll.interval.ms", "isolation.level", "check.crcs", "max.partition.fetch.bytes",
        "enable.partition.eof",
    ]

    private static func without(_ prefixes: [String], _ properties: [String: String]) -> [String: String] {
        properties.filter { name, _ in !prefixes.contains { name.hasPrefix($0) } }
    }

    /// The consumer's properties.
    public var consumerProperties: [String: String] {
        var properties = [
            // A shorter wait than librdkafka's half second, which is the latency of a quiet topic on brokers that
            // do not wake a waiting fetch.
            "fetch.wait.max.ms": "100",
            "statistics.interval.ms": "1000",
            "auto.offset.reset": "error",
            "enable.auto.commit": "false",
            "group.id": consumer.group,
        ]
        properties.merge(Self.without(Self.producerOnly, clientProperties)) { $1 }
        return properties
    }

    /// The producer's properties.
    public var producerProperties: [String: String] {
        var properties = [
            // At 25,000 samples a second batches come about without waiting; at 1,000 each answer would wait 5 ms.
            "linger.ms": "0", "compression.type": "lz4",
            // A broker that is away for long is no reason to end: what waits is bounded by the queue.
            "message.timeout.ms": "0",
            // A record over errors.recordBytes goes to the dead letters whole. What the topic takes is for the
            // brokers to say.
            "message.max.bytes": "134217728",
        ]
        properties.merge(Self.without(Self.consumerOnly, clientProperties)) { $1 }
        return properties
    }
}
