import Arguments
import Dispatch
import Foundation
import Kafka
import KafkaBasics

struct Broker: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a Kafka broker in memory, to try things out.",
        discussion: """
            It speaks the real protocol on 127.0.0.1, for clients of any language, and is no Kafka to rely on: all is
            in memory and gone when it ends, a partition keeps its newest 5 MiB or 100,000 batches, there is no admin
            API, no compaction, no lookup by time, and transactions have no effect. A topic that is asked for comes
            to be with 4 partitions. kafka-python 3 does not work with it; kcat, confluent-kafka and Java's client do.

              weir broker --port 19092 --topic weir.digits.samples:4
              kcat -b localhost:19092 -L
            """)

    @Option(help: "The port on 127.0.0.1; 0 for a free one, which is printed.") var port = 19092
    @Option(help: ArgumentHelp("A topic to make, with its partitions.", valueName: "name:partitions"))
    var topic: [String] = []

    func run() throws {
        let topics = try topic.map { text in
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let partitions = parts.count == 2 ? Int(parts[1]) : 1,
                (1...10_000).contains(partitions)
            else {
                throw ValidationError("--topic \(text) is not name:partitions, as in weir.digits.samples:4")
            }
            guard TopicName.isValid(String(parts[0])) else {
                throw ValidationError("--topic \(text): a topic's name must be \(TopicName.rule())")
            }
            return (name: String(parts[0]), partitions: partitions)
        }
        let stop = DispatchSemaphore(value: 0)
        let signals = Signals { stop.signal() }
        let broker = try EmbeddedBroker(port: port == 0 ? nil : port, topics: topics)
        try Terminal.line(
            "broker in memory on \(broker.bootstrapServers) (5 MiB a partition, gone when it ends); Ctrl-C stops it"
        )
        for topic in topics { try Terminal.line("topic \(topic.name), \(topic.partitions) partitions") }
        withExtendedLifetime(signals) { stop.wait() }
        broker.stop()
    }
}
