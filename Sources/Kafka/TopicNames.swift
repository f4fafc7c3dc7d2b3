import CRdKafka
import Glibc

/// Topic names by librdkafka's topic handle, so that no string is made for each record.
struct TopicNames {
    private var names: [OpaquePointer: String] = [:]

    /// The name of `topic`. Handles come again at the same address for another topic, so the name is compared.
    mutating func name(of topic: OpaquePointer) -> String {
        let text: UnsafePointer<CChar> = rd_kafka_topic_name(topic)
        if let known = names[topic], strcmp(known, text) == 0 { return known }
        let name = String(cString: text)
        if names.count >= 10_000 { names.removeAll() }
        names[topic] = name
        return name
    }
}
