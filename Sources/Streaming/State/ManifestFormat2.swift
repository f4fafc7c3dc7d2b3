import KafkaBasics
import Learning

/// What a snapshot of format 2 says of itself: one topic, and offsets by partition.
struct ManifestFormat2: Decodable {
    private let number: Int
    private let createdMilliseconds: Int64
    private let stream: String
    private let topic: String
    /// In the file a list: partition, offset, partition, offset, and so on.
    private let offsets: [Int32: Int64]
    private let learner: LearnerConfiguration
    private let keys: String
    private let frames: Snapshot.Frames?

    /// The same in the present form.
    var manifest: Snapshot.Manifest {
        var places: Offsets = [:]
        for (partition, offset) in offsets {
            places[TopicPartition(topic: topic, partition: partition)] = offset
        }
        return Snapshot.Manifest(
            number: number, createdMilliseconds: createdMilliseconds, stream: stream, offsets: places,
            learner: learner, keys: keys, frames: frames)
    }
}
