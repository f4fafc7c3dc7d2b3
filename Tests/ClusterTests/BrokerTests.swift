import Foundation
import Kafka
import TestSupport
import Testing

extension ClusterTests {
    /// Brokers that are killed, paused and rolled; three of our own.
    @Suite(.serialized, .enabled(if: Cluster.isOurs, "scripts/test-kafka --long starts three brokers"))
    struct BrokerTests {
        @Test("Brokers are killed, paused and rolled while a producer goes on: all answered, nothing by hand")
        func meddled() throws {
            defer { try? Cluster.mend() }
            let service = try Service("brokers")
            try AdminClient().createTopic(service.samples, partitions: 3)
            let answers = service.answers()
            try service.start()
            let sending = SteadySource(to: service.samples, partitions: 3)
            for broker in Int32(1)...3 {
                try Cluster.send(.kill, to: broker)
                Thread.sleep(forTimeInterval: 8)
                try Cluster.send(.boot, to: broker)
                Thread.sleep(forTimeInterval: 5)
                try Cluster.send(.pause, to: broker)
                Thread.sleep(forTimeInterval: 10)
                try Cluster.send(.resume, to: broker)
                Thread.sleep(forTimeInterval: 5)
                #expect(service.isRunning, "broker \(broker)\n\(service.log)")
            }
            for broker in Int32(1)...3 {
                try Cluster.send(.end, to: broker)
                try Cluster.send(.boot, to: broker)
                Thread.sleep(forTimeInterval: 3)
            }
            let sent = try sending.stop()
            #expect(sent.count > 500)
            #expect(
                eventually { answers.missing(sent).isEmpty || !service.isRunning },
                "\(answers.missing(sent).count) of \(sent.count) not answered\n\(service.log)")
            #expect(answers.missing(sent).isEmpty)
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.contradictions.isEmpty)
        }

        @Test("While a leader is away and records wait, the lag is not said to be 0")
        func lagWithoutLeader() throws {
            defer { try? Cluster.mend() }
            let service = try Service("leaderless")
            let admin = try AdminClient()
            // One copy, so that nobody else can lead.
            try admin.createTopic(service.samples, copies: 1)
            // A broker that has come back a moment ago may not have heard of the topic.
            eventually { (try? admin.leaders(of: service.samples)[0]) != nil }
            let leader = try #require(try admin.leaders(of: service.samples)[0])
            let source = try SampleSource()
            let answers = service.answers()
            try service.start()
            let first = try source.send("first", 0..<100, to: service.samples)
            #expect(eventually { answers.has(first) }, "\(service.log)")
            #expect(eventually { service.reports.last?.sum(.inputLag) == 0 }, "\(service.log)")

            // It sees nothing of the next records until their broker is away.
            service.send(SIGSTOP)
            // What it had asked for before is answered with the first of them.
            var second = try source.send("second", 100..<101, to: service.samples)
            Thread.sleep(forTimeInterval: 0.5)
            second += try source.send("second", 101..<300, to: service.samples)
            try Cluster.send(.kill, to: leader)
            service.send(SIGCONT)
            // What it sent in the first seconds it may have measured before.
            let said = service.reports.count + 4
            eventually(seconds: 90) { service.reports.count >= said + 6 || !service.isRunning }
            let reports = service.reports.dropFirst(said)
            #expect(reports.count >= 6 && reports.allSatisfy { $0.recordCount < 300 }, "records wait")
            let wrong = reports.filter { $0.sum(.inputLag) == 0 }
            #expect(
                wrong.isEmpty,
                "\(wrong.count) of \(reports.count) reports say lag 0 while records wait\n\(service.log)")
            try Cluster.send(.boot, to: leader)
            #expect(eventually { answers.has(second) || !service.isRunning })
            #expect(answers.missing(second).isEmpty)
            #expect(service.stop() == 0, "\(service.log)")
        }

        @Test(
            "SIGTERM ends it while brokers are dead or stand still", arguments: [Cluster.Fate.kill, .pause])
        func stopWithoutBrokers(fate: Cluster.Fate) throws {
            defer { try? Cluster.mend() }
            let service = try Service("brokerless")
            try AdminClient().createTopic(service.samples, partitions: 3)
            let answers = service.answers()
            try service.start()
            let sending = SteadySource(to: service.samples, partitions: 3)
            #expect(eventually { answers.count > 100 }, "\(service.log)")
            try Cluster.send(fate, to: 1, 2, 3)
            Thread.sleep(forTimeInterval: 2)
            let code = service.stop()
            #expect([0, 1].contains(code), "it had to be killed after 30 s, or crashed\n\(service.log)")
            try Cluster.mend()
            let sent = try sending.stop()
            try service.start()
            #expect(eventually { answers.missing(sent).isEmpty }, "\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.contradictions.isEmpty)
        }

        @Test("A start while a broker is away, and one while they come back")
        func startMeanwhile() throws {
            defer { try? Cluster.mend() }
            let service = try Service("meanwhile")
            try AdminClient().createTopic(service.samples, partitions: 3)
            let answers = service.answers()
            let sent = try SampleSource().send("s", 0..<300, to: service.samples, partitions: 3)
            for broker in Int32(1)...3 {
                try Cluster.send(.kill, to: broker)
                try service.start()
                Thread.sleep(forTimeInterval: 3)
                try Cluster.send(.boot, to: broker)
                #expect(eventually { answers.has(sent) || !service.isRunning })
                #expect(service.stop() == 0, "broker \(broker)\n\(service.log)")
            }
            #expect(answers.missing(sent).isEmpty && answers.contradictions.isEmpty)
        }
    }
}
