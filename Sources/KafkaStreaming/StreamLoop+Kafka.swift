import Log
import Messages
import Streaming

extension StreamLoop {
    /// Opens a stream of a Kafka cluster, with the system's files, time and threads. Nothing is read yet.
    ///
    /// - Parameters:
    ///   - configuration: complete.
    ///   - stop: when set, from any thread, ``run()`` finishes what is in hand and returns.
    ///   - onReport: told each metrics message, on the stream's thread.
    /// - Throws: `StateError`, `StreamError`, `KafkaError` or a configuration's error, each saying what to do.
    public convenience init(
        configuration: Configuration, logger: Logger, stop: StopFlag,
        onReport: @escaping (MetricsMessage) -> Void = { _ in }
    ) throws {
        let seams = Seams(
            log: try KafkaLog(properties: configuration.consumerProperties, logger: logger),
            sink: {
                try KafkaSink(
                    properties: configuration.producerProperties, metricsTopic: configuration.topics.metrics,
                    ledger: $0, logger: logger)
            },
            clock: SystemClock(), disk: FileDisk(), snapshots: BackgroundQueue("weir.snapshots"),
            reports: BackgroundQueue("weir.reports", quality: .utility),
            instance: .ofThisProcess(began: SystemClock().milliseconds))
        try self.init(
            configuration: configuration, logger: logger, stop: stop, seams: seams, onReport: onReport)
    }
}
