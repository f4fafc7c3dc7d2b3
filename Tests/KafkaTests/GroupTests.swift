import Kafka
import TestSupport
import Testing

@Suite(.waiting) struct GroupTests {
    @Test func twoMembersShareAndLoseAndDoubleNothing() throws {
        let broker = try EmbeddedBroker(topics: [("t", 4)])
        defer { broker.stop() }
        let producer = try makeProducer(broker.bootstrapServers)
        var sent = 0
        func send(_ count: Int) throws {
            for _ in 0..<count {
                try producer.send(topic: "t", partition: Int32(sent % 4), key: nil, value: bytes("\(sent)"))
                sent += 1
            }
            try producer.flush(timeoutMilliseconds: 20_000)
        }
        var seen: [String: Int] = [:]
        var byConsumer = [0, 0]
        var done: [TopicPartition: Int64] = [:]
        func poll(_ consumer: Consumer, _ index: Int) throws {
            let batch = try consumer.poll(maximum: 1_000, timeoutMilliseconds: 20)
            for each in 0..<batch.count {
                let copy = Copy(batch[each])
                seen[copy.text ?? "", default: 0] += 1
                byConsumer[index] += 1
                done[TopicPartition(topic: copy.topic, partition: copy.partition)] = copy.offset + 1
            }
        }
        var failures: [any Error] = []
        // Commits only when partitions are given up: all else is read once because they stay where they are.
        func member() throws -> Consumer {
            let consumer = try makeConsumer(
                broker.bootstrapServers, ["partition.assignment.strategy": "cooperative-sticky"])
            consumer.willRevoke = { [unowned consumer] partitions in
                let offsets = partitions.compactMap { partition in
                    done[partition].map { TopicPartitionOffset(partition, offset: $0) }
                }
                do { try consumer.commit(offsets) } catch { failures.append(error) }
            }
            return consumer
        }

        let first = try member()
        try first.subscribe(["t"])
        try send(100)
        try wait(for: "the first member to read alone") {
            try poll(first, 0)
            return seen.count == 100
        }
        #expect(first.assignment.count == 4)

        let second = try member()
        try second.subscribe(["t"])
        var events: [ConsumerEvent] = first.takeEvents()
        try wait(for: "both to have partitions") {
            if sent < 400 { try send(1) }
            try poll(first, 0)
            try poll(second, 1)
            return first.assignment.count == 2 && second.assignment.count == 2
        }
        try send(200)
        try wait(for: "all records") {
            try poll(first, 0)
            try poll(second, 1)
            return seen.count == sent
        }
        // On a busy machine the broker may have begun the rebalance before the commit came; it then refuses it, as
        // a real one does, and the next owner reads again what was not committed. Nothing may be lost even so.
        #expect(failures.allSatisfy { ($0 as? KafkaError)?.name == "REBALANCE_IN_PROGRESS" }, "\(failures)")
        #expect(seen.count == sent)
        #expect(
            !failures.isEmpty || seen.values.allSatisfy { $0 == 1 },
            "doubled: \(seen.filter { $0.value > 1 })")
        #expect(byConsumer.allSatisfy { $0 > 0 })
        let owned = Set(first.assignment + second.assignment)
        #expect(owned == Set((0..<4).map { TopicPartition(topic: "t", partition: $0) }))
        events += first.takeEvents()
        var revoked: [TopicPartition] = []
        for event in events {
            switch event {
            case .assigned(let partitions): #expect(partitions.count == 4)
            case .revoked(let partitions): revoked += partitions
            case .lost, .commitFailed, .failed: Issue.record("\(event)")
            }
        }
        // Cooperative: only those that move are taken.
        #expect(Set(revoked) == Set(second.assignment))
        second.close()
        first.close()
    }

    @Test func aNewMemberGoesOnFromWhatWasCommitted() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        try fill(makeProducer(broker.bootstrapServers), "t", 0..<100)
        let partition = TopicPartition(topic: "t", partition: 0)
        let first = try makeConsumer(broker.bootstrapServers)
        try first.assign([TopicPartitionOffset(partition, offset: TopicPartitionOffset.stored)])
        #expect(try first.committed([partition], timeoutMilliseconds: 5_000).isEmpty)
        #expect(try read(first) { $0.count >= 100 }.count == 100)
        try first.commit([TopicPartitionOffset(partition, offset: 60)])
        #expect(
            try first.committed([partition], timeoutMilliseconds: 5_000) == [
                partition: TopicPartitionOffset(partition, offset: 60)
            ])
        first.close()

        let second = try makeConsumer(broker.bootstrapServers)
        try second.assign([TopicPartitionOffset(partition, offset: TopicPartitionOffset.stored)])
        #expect(try read(second) { $0.count >= 40 }.map(\.offset) == Array(60..<100))
    }

    @Test func anAssignmentBeginsWhereTheOwnerSaysAndEndsWithAWarning() throws {
        let broker = try EmbeddedBroker(topics: [("t", 2)])
        defer { broker.stop() }
        let producer = try makeProducer(broker.bootstrapServers)
        try fill(producer, "t", partition: 0, 0..<20)
        try fill(producer, "t", partition: 1, 0..<20)
        let consumer = try makeConsumer(broker.bootstrapServers)
        consumer.willAssign = { partitions in
            partitions.filter { $0.partition == 1 }.map { TopicPartitionOffset($0, offset: 15) }
        }
        let zero = TopicPartition(topic: "t", partition: 0)
        var warned: [TopicPartition] = []
        var failure: (any Error)?
        consumer.willRevoke = { [unowned consumer] partitions in
            warned += partitions
            do { try consumer.commit([TopicPartitionOffset(zero, offset: 20)]) } catch { failure = error }
        }
        try consumer.subscribe(["t"])
        let copies = try read(consumer) { $0.count >= 25 }
        #expect(copies.filter { $0.partition == 0 }.map(\.offset) == Array(0..<20))
        #expect(copies.filter { $0.partition == 1 }.map(\.offset) == Array(15..<20))
        consumer.close()
        #expect(Set(warned).count == 2)
        #expect(failure == nil)
        let other = try makeConsumer(broker.bootstrapServers)
        #expect(
            try other.committed([zero], timeoutMilliseconds: 5_000) == [
                zero: TopicPartitionOffset(zero, offset: 20)
            ])
    }

    @Test func aFailedCommitIsTold() throws {
        let broker = try EmbeddedBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let partition = TopicPartition(topic: "t", partition: 0)
        let consumer = try makeConsumer(broker.bootstrapServers)
        try consumer.assign([TopicPartitionOffset(partition, offset: 0)])
        // 30 is GROUP_AUTHORIZATION_FAILED.
        try broker.failNext(1, .offsetCommit, code: 30)
        let error = #expect(throws: KafkaError.self) {
            try consumer.commit([TopicPartitionOffset(partition, offset: 1)])
        }
        #expect(error?.name == "GROUP_AUTHORIZATION_FAILED")
        #expect(error?.message.contains("t[0]") == true)
        try broker.failNext(1, .offsetCommit, code: 30)
        try consumer.commitAsync([TopicPartitionOffset(partition, offset: 1)])
        var failures: [KafkaError] = []
        try wait(for: "the event") {
            _ = try consumer.poll(maximum: 1, timeoutMilliseconds: 50)
            failures += consumer.takeEvents().compactMap {
                if case .commitFailed(let error) = $0 { error } else { nil }
            }
            return !failures.isEmpty
        }
        #expect(failures.map(\.name) == ["GROUP_AUTHORIZATION_FAILED"])
        #expect(failures.first?.message.contains("t[0]") == true)
    }
}
