import Foundation
import Kafka
import TestSupport
import Testing

extension ClusterTests {
    /// What is in the records, and what becomes of it.
    @Suite(.serialized) struct RecordTests {
        @Test(
            "A bad record as long as the topic takes goes to the dead letters, cut to what fits, and says so")
        func longest() throws {
            let service = try Service("longest")
            try AdminClient().createTopic(service.samples)
            let source = try SampleSource(["compression.codec": "none"])
            let answers = service.answers()
            try service.start()
            let first = try source.send("first", 0..<50, to: service.samples)
            #expect(eventually { answers.has(first) }, "\(service.log)")

            // Beside its head, all of the 1,048,588 bytes that a topic takes when nothing is said. Bytes that
            // compression makes nothing of.
            var random = SplitMix64(seed: 5)
            let bad = (0..<1_048_400).map { _ in UInt8.random(in: 33...126, using: &random) }
            try source.queue(bad, id: "bad", to: service.samples, key: "its key")
            try source.flush()
            let second = try source.send("second", 50..<100, to: service.samples)
            #expect(eventually(seconds: 20) { answers.has(second) || !service.isRunning })
            #expect(service.isRunning, "it goes on\n\(service.log)")
            #expect(answers.missing(second).isEmpty)
            #expect(eventually(seconds: 10) { answers.deadLetters.count == 1 || !service.isRunning })
            #expect(service.stop() == 0, "\(service.log)")

            let letter = try #require(answers.deadLetters.first, "there is no dead letter")
            #expect(letter.header("__connect.errors.offset") == "50")
            #expect(letter.header("weir_error_code") == "E_JSON")
            #expect(letter.key == Array("its key".utf8))
            #expect(letter.value.count < bad.count && letter.value.count > 900_000)
            #expect(bad.starts(with: letter.value), "it is the record's beginning")
            #expect(
                letter.headers.contains {
                    $0.name.hasPrefix("weir_")
                        && String(decoding: $0.value ?? [], as: UTF8.self).contains("1048400")
                }, "a header says how long it was: \(letter.headers.map(\.name))")
        }

        @Test("Compaction under the journal after a SIGKILL: no answer contradicts an earlier one")
        func compaction() throws {
            let service = try Service("compacted", snapshotSeconds: 600)
            let admin = try AdminClient()
            try admin.createTopic(
                service.samples,
                settings: [
                    "cleanup.policy": "compact", "segment.ms": "1000", "min.cleanable.dirty.ratio": "0.01",
                    "min.compaction.lag.ms": "0", "max.compaction.lag.ms": "1000",
                ])
            let source = try SampleSource()
            let answers = service.answers()
            try service.start()
            let first = try source.send("first", 0..<40, to: service.samples, key: { "first-\($0)" })
            #expect(eventually { answers.has(first) }, "\(service.log)")
            // What it commits comes a fifth of a second later, so of this nothing is committed at the kill, mostly.
            let second = try source.send("second", 40..<400, to: service.samples, key: { "k\($0 % 10)" })
            #expect(eventually { answers.has(second) }, "\(service.log)")
            service.kill()

            // Other records under the same keys, and time for the cleaner, until most of the old ones are gone.
            Thread.sleep(forTimeInterval: 1.2)
            let third = try source.send("third", 400..<410, to: service.samples, key: { "k\($0 % 10)" })
            Thread.sleep(forTimeInterval: 1.2)
            let fourth = try source.send("fourth", 410..<420, to: service.samples, key: { "k\($0 % 10)" })
            let isCleaned = eventually(seconds: 20) {
                let reader = TopicReader(service.samples)
                defer { reader.stop() }
                eventually(seconds: 5) { reader.all.contains { $0.offset == 419 } }
                return reader.all.count < 100
            }
            #expect(isCleaned, "the cleaner did not come")
            try service.start()
            #expect(eventually { answers.has(fourth) }, "\(service.log)")
            let last = try source.send("last", 0..<10, to: service.samples, key: { "last-\($0)" })
            #expect(eventually { answers.has(last) }, "\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(
                answers.contradictoryIDs.isEmpty,
                "\(answers.contradictoryIDs.count) ids stand for two contents\n\(service.log)")
            #expect(answers.has(first + second) && !answers.missing(third).contains("third-409"))
        }

        @Test("One log, 4 partitions, read live and read again twice: one model, learned alike")
        func readAgain() throws {
            let live = try Service("live", keys: 60)
            try AdminClient().createTopic(live.samples, partitions: 4)
            let answers = live.answers()
            try live.start()
            // Four producers that know nothing of each other.
            let sources = try (0..<4).map { _ in try SampleSource(["linger.ms": "0"]) }
            var sent: [String] = []
            for round in 0..<60 {
                for partition in [2, 0, 3, 1] {
                    let first = (round * 4 + partition) * 3
                    sent += try sources[partition].queue(
                        "s", first..<(first + 3), to: live.samples, partition: Int32(partition))
                }
                Thread.sleep(forTimeInterval: 0.02)
            }
            for source in sources { try source.flush() }
            #expect(eventually { answers.has(sent) }, "\(live.log)")
            #expect(live.stop() == 0, "\(live.log)")

            let found = try live.inspect()
            for name in ["again", "once-more"] {
                let reader = try Service(name, samples: live.samples, keys: 60)
                let others = reader.answers()
                try reader.start()
                #expect(eventually { others.has(sent) }, "\(reader.log)")
                #expect(reader.stop() == 0, "\(reader.log)")
                let other = try reader.inspect()
                for hash in ["frozenHash", "learnedHash"] {
                    #expect(
                        found[hash] as? String == other[hash] as? String && found[hash] != nil,
                        "\(name): \(hash)")
                }
                let differing = sent.filter { id in
                    answers.to(id).first?.isHoldout != others.to(id).first?.isHoldout
                }
                #expect(differing.isEmpty, "\(name): \(differing.count) are held out in one only")
            }
        }
    }
}
