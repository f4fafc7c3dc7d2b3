import Kafka
import TestSupport
import Testing

@Suite(.waiting) struct ConsumerTests {
    @Test func anEmptyPollGivesAnEmptyBatch() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let consumer = try makeConsumer(broker.bootstrapServers)
        try consumer.assign([TopicPartitionOffset(topic: "t", partition: 0, offset: 0)])
        let batch = try consumer.poll(maximum: 10, timeoutMilliseconds: 50)
        #expect(batch.count == 0)
        #expect(batch.errors.isEmpty)
        #expect(consumer.assignment == [TopicPartition(topic: "t", partition: 0)])
    }

    @Test func seekGoesBackAndForth() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        try fill(makeProducer(broker.bootstrapServers), "t", 0..<100)
        let consumer = try makeConsumer(broker.bootstrapServers)
        try consumer.assign([TopicPartitionOffset(topic: "t", partition: 0, offset: 90)])
        #expect(try read(consumer) { $0.count >= 10 }.first?.offset == 90)
        try consumer.seek(
            to: TopicPartitionOffset(topic: "t", partition: 0, offset: 40), timeoutMilliseconds: 5_000)
        #expect(try read(consumer) { $0.count >= 60 }.map(\.offset) == Array(40..<100))
        try consumer.seek(
            to: TopicPartitionOffset(topic: "t", partition: 0, offset: 99), timeoutMilliseconds: 5_000)
        #expect(try read(consumer) { $0.count >= 1 }.map(\.offset) == [99])
    }

    @Test func aPausedPartitionWaitsUntilResumed() throws {
        let broker = try EmbeddedBroker(topics: [("t", 2)])
        defer { broker.stop() }
        let producer = try makeProducer(broker.bootstrapServers)
        let consumer = try makeConsumer(broker.bootstrapServers)
        try consumer.assign([
            TopicPartitionOffset(topic: "t", partition: 0, offset: 0),
            TopicPartitionOffset(topic: "t", partition: 1, offset: 0),
        ])
        let second = TopicPartition(topic: "t", partition: 1)
        try consumer.pause([second])
        try fill(producer, "t", partition: 0, 0..<50)
        try fill(producer, "t", partition: 1, 0..<50)
        let before = try read(consumer) { $0.count >= 50 }
        #expect(before.allSatisfy { $0.partition == 0 })
        #expect(try consumer.poll(maximum: 100, timeoutMilliseconds: 200).count == 0)
        try consumer.resume([second])
        let after = try read(consumer) { $0.count >= 50 }
        #expect(after.allSatisfy { $0.partition == 1 })
        #expect(after.map(\.offset) == Array(0..<50))
    }

    @Test func partitionsAreAddedAndTakenOneByOne() throws {
        let broker = try EmbeddedBroker(topics: [("t", 2)])
        defer { broker.stop() }
        let producer = try makeProducer(broker.bootstrapServers)
        try fill(producer, "t", partition: 0, 0..<5)
        try fill(producer, "t", partition: 1, 0..<5)
        let consumer = try makeConsumer(broker.bootstrapServers)
        try consumer.incrementalAssign([TopicPartitionOffset(topic: "t", partition: 0, offset: 0)])
        #expect(try read(consumer) { $0.count >= 5 }.allSatisfy { $0.partition == 0 })
        try consumer.incrementalAssign([TopicPartitionOffset(topic: "t", partition: 1, offset: 2)])
        #expect(try read(consumer) { $0.count >= 3 }.map(\.offset) == [2, 3, 4])
        try consumer.incrementalUnassign([TopicPartition(topic: "t", partition: 0)])
        #expect(consumer.assignment == [TopicPartition(topic: "t", partition: 1)])
    }

    @Test func watermarksAndMetadataAreThoseOfTheBroker() throws {
        let broker = try EmbeddedBroker(brokers: 2, topics: [("t", 3), ("other", 1)])
        defer { broker.stop() }
        try fill(makeProducer(broker.bootstrapServers), "t", partition: 2, 0..<7)
        let consumer = try makeConsumer(broker.bootstrapServers)
        let ends = try consumer.watermarks(
            of: TopicPartition(topic: "t", partition: 2), timeoutMilliseconds: 5_000)
        #expect(ends == (0, 7))
        let some = try consumer.metadata(topics: ["t", "nowhere"], timeoutMilliseconds: 5_000)
        #expect(some.topics == ["t": [0, 1, 2]])
        #expect(some.brokers.count == 2)
        #expect(some.brokers.allSatisfy { broker.bootstrapServers.contains("\($0.host):\($0.port)") })
        let all = try consumer.metadata(timeoutMilliseconds: 5_000)
        // Asking for "nowhere" has not created it.
        #expect(all.topics.keys.sorted() == ["other", "t"])
    }

    @Test func anOffsetThatIsGoneIsAnErrorOfItsPartition() throws {
        let broker = try EmbeddedBroker(topics: [("t", 2)])
        defer { broker.stop() }
        let producer = try makeProducer(broker.bootstrapServers)
        try fill(producer, "t", partition: 0, 0..<10)
        try fill(producer, "t", partition: 1, 0..<10)
        let consumer = try makeConsumer(broker.bootstrapServers, ["auto.offset.reset": "error"])
        try consumer.assign([
            TopicPartitionOffset(topic: "t", partition: 0, offset: 5_000),
            TopicPartitionOffset(topic: "t", partition: 1, offset: 0),
        ])
        var errors: [PartitionError] = []
        var read = 0
        try wait(for: "the error and the other partition's records") {
            let batch = try consumer.poll(maximum: 100, timeoutMilliseconds: 100)
            errors += batch.errors
            read += batch.count
            return !errors.isEmpty && read >= 10
        }
        let error = try #require(errors.first)
        #expect(error.topic == "t")
        #expect(error.partition == 0)
        #expect(error.offset == 5_000)
        #expect(["_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE"].contains(error.error.name), "\(error)")
        #expect(error.description.contains("t[0]"))
        #expect(read == 10)
    }

    @Test func theEndOfAPartitionIsReportedWhenAskedFor() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        try fill(makeProducer(broker.bootstrapServers), "t", 0..<3)
        let consumer = try makeConsumer(broker.bootstrapServers, ["enable.partition.eof": "true"])
        try consumer.assign([TopicPartitionOffset(topic: "t", partition: 0, offset: 0)])
        var end: PartitionError?
        try wait(for: "the end") {
            end = try consumer.poll(maximum: 100, timeoutMilliseconds: 100).errors.first
            return end != nil
        }
        #expect(end?.error.name == "_PARTITION_EOF")
        #expect(end?.offset == 3)
    }

    @Test func statisticsTellTheLag() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        try fill(makeProducer(broker.bootstrapServers), "t", 0..<100)
        let consumer = try makeConsumer(broker.bootstrapServers, ["statistics.interval.ms": "100"])
        #expect(consumer.statistics == nil)
        let partition = TopicPartition(topic: "t", partition: 0)
        try consumer.assign([TopicPartitionOffset(partition, offset: 0)])
        // By one and by many, as the two come out of librdkafka by different ways.
        #expect(try read(consumer, maximum: 1) { $0.count >= 10 }.count == 10)
        var taken = 10
        try wait(for: "40 records") {
            taken += try consumer.poll(maximum: 40 - taken, timeoutMilliseconds: 100).count
            return taken >= 40
        }
        try consumer.pause([partition])
        try wait(for: "a lag of 60") {
            _ = try consumer.poll(maximum: 1, timeoutMilliseconds: 50)
            return consumer.statistics?.lag(of: partition) == 60
        }
        let statistics = try #require(consumer.statistics)
        #expect(statistics.partitions.map(\.highWatermark) == [100])
        #expect(statistics.receivedBytes > 0)
        #expect(statistics.sentBytes > 0)
        #expect(statistics.brokers.contains { $0.state == "UP" })
        #expect(statistics.lag(of: TopicPartition(topic: "t", partition: 9)) == nil)
    }

    @Test func aClosedConsumerSaysSo() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let consumer = try makeConsumer(broker.bootstrapServers)
        consumer.close()
        consumer.close()
        let error = #expect(throws: KafkaError.self) {
            try consumer.poll(maximum: 1, timeoutMilliseconds: 10)
        }
        #expect(error?.name == "_DESTROY")
        #expect(consumer.assignment.isEmpty)
    }

    @Test func aBrokerThatCannotBeReachedShows() throws {
        // Nothing listens on port 1.
        let consumer = try makeConsumer("127.0.0.1:1")
        let error = #expect(throws: KafkaError.self) { try consumer.metadata(timeoutMilliseconds: 300) }
        #expect(error?.isRetriable == true)
        #expect(error?.description.contains("bootstrap.servers") == true || error?.name == "_TIMED_OUT")
        var failures: [KafkaError] = []
        try consumer.subscribe(["t"])
        try wait(for: "an event") {
            let count = try consumer.poll(maximum: 1, timeoutMilliseconds: 100).count
            #expect(count == 0)
            failures += consumer.takeEvents().compactMap {
                if case .failed(let error) = $0 { error } else { nil }
            }
            return failures.contains { $0.name == "_ALL_BROKERS_DOWN" }
        }
        #expect(failures.allSatisfy { $0.isRetriable && !$0.isFatal })
        #expect(failures.contains { $0.message.contains("127.0.0.1:1") })
    }

    @Test func subscribedTopicsThatCannotBeReadShow() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1), ("absent", 1), ("forbidden", 1)])
        defer { broker.stop() }
        try broker.setError(ofTopic: "absent", code: 3)
        try broker.setError(ofTopic: "forbidden", code: 29)
        // By default the client allows the brokers 30 s to hear of a new topic.
        let consumer = try makeConsumer(broker.bootstrapServers, ["topic.metadata.propagation.max.ms": "100"])
        #expect(
            try consumer.metadata(topics: ["absent", "t"], timeoutMilliseconds: 5_000).topics == ["t": [0]])
        try consumer.subscribe(["absent", "forbidden"])
        var errors: [String: PartitionError] = [:]
        try wait(for: "the errors") {
            for error in try consumer.poll(maximum: 1, timeoutMilliseconds: 100).errors {
                errors[error.topic] = error
            }
            return errors.count == 2
        }
        #expect(errors["absent"]?.error.name == "UNKNOWN_TOPIC_OR_PART")
        #expect(errors["forbidden"]?.error.name == "TOPIC_AUTHORIZATION_FAILED")
        #expect(errors["absent"]?.partition == -1)
        #expect(errors["absent"]?.offset == nil)
        #expect(errors["absent"]?.description.contains("Create the topic") == true)
    }
}
