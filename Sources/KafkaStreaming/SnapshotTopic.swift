import Kafka
import Log
import Streaming

/// The topic that a snapshot goes on with.
public enum SnapshotTopic {
    /// Asks what a start would ask: whether the topic is the one that the snapshot's state has read.
    ///
    /// - Throws: `StreamError` when it is another; `KafkaError` when it cannot be asked.
    public static func check(_ manifest: Snapshot.Manifest, configuration: Configuration) throws {
        let log = try KafkaLog(properties: configuration.consumerProperties, logger: .silent)
        defer { log.close() }
        var ends: PlaceEnds = [:]
        for partition in try log.partitions(of: configuration.inputTopic) {
            let place = TopicPartition(topic: configuration.inputTopic, partition: partition)
            ends[place] = try log.ends(of: place, within: .seconds(10))
        }
        try TopicIdentity.check(reached: manifest.positions, ends)
        try TopicIdentity(log, logger: .silent).check(lastRecords: manifest.lastRecords, ends)
    }
}
