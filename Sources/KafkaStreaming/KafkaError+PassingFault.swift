import Kafka
import Streaming

extension KafkaError: PassingFault {
    /// A topic that was made a moment ago may not be known everywhere yet.
    package var passes: Bool {
        isRetriable || ["UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION"].contains(name)
    }
}
