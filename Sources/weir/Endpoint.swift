import Arguments
import Foundation
import KafkaBasics
import Streaming

/// A topic on a cluster, from a configuration file or the command line.
struct Endpoint {
    let brokers: String
    let topic: String
    /// librdkafka properties of a producer.
    let properties: [String: String]
    /// librdkafka properties of a consumer that belongs to no group of the stream.
    let readerProperties: [String: String]

    init(
        config: String?, brokers: String?, topic: String?, default chosen: (Configuration) throws -> String
    ) throws {
        var configuration = Configuration()
        if let config {
            configuration = try Configuration(file: config, environment: ProcessInfo.processInfo.environment)
        } else if brokers == nil || topic == nil {
            throw ValidationError(
                "say where: either --config weir.yaml, or --brokers host:port and --topic name")
        }
        if let topic, !TopicName.isValid(topic) {
            throw ValidationError("--topic must be \(TopicName.rule()), as Kafka wants it")
        }
        if let brokers { configuration.brokers = brokers }
        configuration.consumer.group = "weir-tool-\(ProcessInfo.processInfo.processIdentifier)"
        self.brokers = configuration.brokers
        self.topic = try topic ?? chosen(configuration)
        properties = configuration.producerProperties
        readerProperties = configuration.consumerProperties.merging(["auto.offset.reset": "earliest"]) { $1 }
    }
}
