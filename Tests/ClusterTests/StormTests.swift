import Foundation
import Kafka
import TestSupport
import Testing

extension ClusterTests {
    /// Everything at once, for as long as is asked for.
    @Suite(.serialized, .enabled(if: Cluster.isOurs, "scripts/test-kafka --long starts three brokers"))
    struct StormTests {
        /// What is done next.
        private enum Blow: CaseIterable {
            case killService, stopService, killBroker, pauseBroker, rollBroker, stranger, commitAhead,
                commitBack,
                addPartition, transactions
        }

        @Test("Brokers, service, group and topics meddled with, while a producer goes on that knows its ids")
        func storm() throws {
            let seed = UInt64(ProcessInfo.processInfo.environment["WEIR_KAFKA_SEED"] ?? "") ?? 1
            var random = SplitMix64(seed: seed)
            let service = try Service("storm", snapshotSeconds: 3)
            let admin = try AdminClient()
            var partitions = 3
            try admin.createTopic(service.samples, partitions: partitions)
            let answers = service.answers()
            try service.start()
            let sending = SteadySource(to: service.samples, partitions: 3, pause: 0.1, badEvery: 97)
            var kept: [String] = []
            var aborted: [String] = []
            var blows = 0
            var byHand = 0
            let end = ContinuousClock.now + .seconds(60 * (Cluster.minutes ?? 1))
            while ContinuousClock.now < end {
                let blow = try #require(Blow.allCases.randomElement(using: &random))
                let broker = Int32.random(in: 1...3, using: &random)
                let place = service.place(Int32.random(in: 0..<3, using: &random))
                blows += 1
                switch blow {
                case .killService:
                    service.kill()
                    try service.launch()
                case .stopService:
                    #expect(service.stop() == 0, "seed \(seed), blow \(blows)\n\(service.log.suffix(8_000))")
                    try service.launch()
                case .killBroker:
                    try Cluster.send(.kill, to: broker)
                    Thread.sleep(forTimeInterval: .random(in: 0...8, using: &random))
                    try Cluster.send(.boot, to: broker)
                case .pauseBroker:
                    try Cluster.send(.pause, to: broker)
                    Thread.sleep(forTimeInterval: .random(in: 0...10, using: &random))
                    try Cluster.send(.resume, to: broker)
                case .rollBroker:
                    try Cluster.send(.end, to: broker)
                    try Cluster.send(.boot, to: broker)
                case .stranger:
                    let stranger = ForeignGroup.Stranger(
                        service.group, topic: service.samples, name: "stranger-\(blows)")
                    Thread.sleep(forTimeInterval: 5)
                    stranger.leave()
                case .commitAhead, .commitBack:
                    // The group may be without a coordinator just now, or have a member; the next blow comes anyway.
                    if let stands = try? ForeignGroup.committed(service.group, place) {
                        let offset = blow == .commitAhead ? stands + 500 : max(0, stands - 500)
                        try? ForeignGroup.commit(service.group, offset, of: place)
                    }
                case .addPartition where partitions < 8:
                    if (try? admin.createPartitions(of: service.samples, total: partitions + 1)) != nil {
                        partitions += 1
                    }
                case .addPartition: break
                case .transactions:
                    guard let producer = try? TransactionalProducer() else { break }
                    for name in ["kept", "aborted"] {
                        let first = blows * 10
                        let records = (first..<(first + 10)).map {
                            SampleSource.record("\(name)-\($0)", number: $0)
                        }
                        do {
                            try producer.begin()
                            try producer.send(records, to: place)
                            if name == "kept" {
                                try producer.commit()
                                kept += SampleSource.ids(name, first..<(first + 10))
                            } else {
                                try producer.abort()
                                aborted += SampleSource.ids(name, first..<(first + 10))
                            }
                        } catch {
                            // Whether a commit arrived that was not answered, nobody knows.
                            break
                        }
                    }
                }
                Thread.sleep(forTimeInterval: .random(in: 0...6, using: &random))
                if !service.isRunning {
                    byHand += 1
                    Issue.record(
                        "seed \(seed), blow \(blows), \(blow): it ended by itself\n\(service.log.suffix(8_000))"
                    )
                    try service.launch()
                }
            }
            try Cluster.mend()
            let sent = try sending.stop()
            let samples = sent.filter { !$0.hasPrefix("bad-") }
            let bad = sent.filter { $0.hasPrefix("bad-") }
            func letters() -> Set<String> {
                Set(answers.deadLetters.compactMap { $0.key.map { String(decoding: $0, as: UTF8.self) } })
            }
            #expect(
                eventually(seconds: 120) {
                    answers.missing(samples).isEmpty && answers.missing(kept).isEmpty
                        && bad.isSubset(of: letters())
                },
                """
                seed \(seed): \(answers.missing(samples).count) of \(samples.count) samples, \
                \(answers.missing(kept).count) of \(kept.count) of transactions and \
                \(bad.subtracting(letters()).count) of \(bad.count) bad records have no answer
                \(service.log.suffix(8_000))
                """)
            #expect(service.stop() == 0, "seed \(seed)\n\(service.log.suffix(8_000))")
            #expect(answers.contradictions.isEmpty, "seed \(seed)")
            #expect(aborted.allSatisfy { !answers.has($0) }, "seed \(seed)")
            print("storm, seed \(seed): \(blows) blows, \(samples.count) samples, \(byHand) restarts by hand")
        }
    }
}
