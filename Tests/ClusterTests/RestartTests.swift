import Foundation
import Kafka
import TestSupport
import Testing

extension ClusterTests {
    /// The service ended without notice.
    @Suite(.serialized) struct RestartTests {
        @Test("SIGKILL again and again while a producer goes on: all answered, repeats equal")
        func killed() throws {
            let kills = Cluster.isLong ? 200 : 10
            let service = try Service("killed")
            try AdminClient().createTopic(service.samples, partitions: 3)
            let answers = service.answers()
            let sending = SteadySource(to: service.samples, partitions: 3)
            var random = SplitMix64(seed: 11)
            for number in 0..<kills {
                let count = answers.count
                try service.launch()
                // While it starts, soon after answers, or soon after a snapshot.
                switch number % 3 {
                case 0: break
                case 1: eventually(seconds: 20) { answers.count > count || !service.isRunning }
                default:
                    let before = service.snapshots
                    eventually(seconds: 20) {
                        !service.snapshots.isSubset(of: before) || !service.isRunning
                    }
                }
                Thread.sleep(forTimeInterval: .random(in: 0...0.4, using: &random))
                #expect(service.isRunning, "kill \(number): it ended by itself\n\(service.log)")
                service.kill()
            }
            let sent = try sending.stop()
            try service.start()
            #expect(
                eventually { answers.missing(sent).isEmpty },
                "\(answers.missing(sent).count) of \(sent.count) not answered\n\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.contradictions.isEmpty && answers.unread.isEmpty && answers.deadLetters.isEmpty)
        }

        @Test("SIGTERM at any moment of a start ends it")
        func stopped() throws {
            let service = try Service("stopped")
            try AdminClient().createTopic(service.samples)
            let sent = try SampleSource().send("s", 0..<500, to: service.samples)
            let answers = service.answers()
            for moment in 0..<(Cluster.isLong ? 20 : 4) {
                try service.launch()
                // Before this the program has not said that it wants to hear of signals.
                Thread.sleep(forTimeInterval: 0.1 + Double(moment) * 0.2)
                #expect(service.stop() == 0, "after \(moment)\n\(service.log)")
            }
            try service.start()
            #expect(eventually { answers.has(sent) }, "\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.repeated.isEmpty)
        }
    }
}
