import Foundation
import Kafka
import TestSupport
import Testing

extension ClusterTests {
    /// Producers with transactions.
    @Suite(.serialized) struct TransactionTests {
        private func records(_ name: String, _ numbers: Range<Int>) -> [[UInt8]] {
            zip(SampleSource.ids(name, numbers), numbers).map { SampleSource.record($0, number: $1) }
        }

        @Test("Aborted records are never answered, and at rest the lag is 0")
        func aborted() throws {
            let service = try Service("aborted")
            try AdminClient().createTopic(service.samples, partitions: 2)
            let answers = service.answers()
            try service.start()
            let producer = try TransactionalProducer()
            for round in 0..<4 {
                for name in ["kept", "aborted"] {
                    try producer.begin()
                    for partition in 0..<2 {
                        let first = round * 40 + partition * 20
                        try producer.send(
                            records(name, first..<(first + 20)), to: service.place(Int32(partition)))
                    }
                    if name == "kept" { try producer.commit() } else { try producer.abort() }
                }
            }
            let kept = SampleSource.ids("kept", 0..<160)
            #expect(eventually { answers.has(kept) }, "\(service.log)")
            func isAtRest() -> Bool {
                service.reports.last.map { $0.recordCount == 160 && $0.sum(.inputLag) == 0 } == true
            }
            func said() -> String {
                service.reports.last.map { "records \($0.recordCount), lag \($0.sum(.inputLag) ?? -1)" } ?? ""
            }
            #expect(eventually(seconds: 8, isAtRest), "at rest: \(said())")
            #expect(service.stop() == 0, "\(service.log)")

            // A restart goes on behind them.
            let before = service.reports.count
            try service.start()
            #expect(
                eventually(seconds: 8) { service.reports.count > before && isAtRest() },
                "after a restart: \(said())")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.ids == Set(kept) && answers.repeated.isEmpty)
        }

        @Test("An open transaction of one partition does not hold the others")
        func open() throws {
            let service = try Service("open")
            try AdminClient().createTopic(service.samples, partitions: 2)
            let source = try SampleSource(["linger.ms": "0"])
            let answers = service.answers()
            try service.start()
            // Keys and the first state, and a fetch from each partition.
            let first = try source.send("first", 0..<40, to: service.samples, partitions: 2)
            #expect(eventually { answers.has(first) }, "\(service.log)")

            // While a transaction is open, records are sent to the other partition, each when the one before is
            // answered. Were they held in each transaction for the two seconds that a partition is waited for, seven
            // transactions would be done in the time.
            let producer = try TransactionalProducer()
            let deadline = ContinuousClock.now + .seconds(15)
            var done = 0
            while done < 12, ContinuousClock.now < deadline {
                try producer.begin()
                try producer.send(records("open", (done * 5)..<(done * 5 + 5)), to: service.place(0))
                // Until the service has heard that there is more.
                Thread.sleep(forTimeInterval: 0.15)
                for number in (done * 2)..<(done * 2 + 2) {
                    let sent = try source.send(
                        "beside", number..<(number + 1), to: service.samples, partition: 1)
                    #expect(eventually(seconds: 20) { answers.has(sent) }, "\(service.log)")
                }
                #expect(!answers.has("open-\(done * 5)"), "it is not committed")
                try producer.commit()
                done += 1
                #expect(
                    eventually(seconds: 20) { answers.has(SampleSource.ids("open", 0..<(done * 5))) },
                    "\(service.log)")
            }
            #expect(done >= 9, "in 15 s \(done) of 12 transactions were gone through")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.repeated.isEmpty)
        }

        @Test("Retention of aborted records loses nothing")
        func retention() throws {
            let service = try Service("only-aborted")
            let admin = try AdminClient()
            try admin.createTopic(service.samples)
            let source = try SampleSource()
            let answers = service.answers()
            try service.start()
            let first = try source.send("first", 0..<50, to: service.samples)
            #expect(eventually { answers.has(first) }, "\(service.log)")
            let producer = try TransactionalProducer()
            try producer.begin()
            try producer.send(records("aborted", 0..<21), to: service.place())
            try producer.abort()
            for _ in 0..<2 { #expect(service.awaitSnapshot(), "\(service.log)") }
            #expect(service.stop() == 0, "\(service.log)")

            // 50 records, 21 aborted ones, and the mark of their end.
            try admin.deleteRecords(of: service.place(), before: 72)
            try service.start()
            let last = try source.send("last", 0..<10, to: service.samples)
            #expect(eventually { answers.has(last) }, "\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(!service.log.contains("were deleted before"), "\(service.log)")
            #expect(try service.recordsLost() == 0)
            #expect(answers.ids == Set(first + last) && answers.repeated.isEmpty)
        }
    }
}
