import Foundation
import TestSupport
import Testing

extension ClusterTests {
    /// What other clients do with the group.
    @Suite(.serialized) struct GroupTests {
        @Test("A commit that is not Weir's, ahead of it: all is answered all the same")
        func foreignCommitAhead() throws {
            let service = try Service("ahead")
            try AdminClient().createTopic(service.samples)
            let source = try SampleSource()
            let answers = service.answers()
            try service.start()
            let first = try source.send("first", 0..<100, to: service.samples)
            #expect(eventually { answers.has(first) }, "\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")

            let second = try source.send("second", 100..<1_100, to: service.samples)
            try ForeignGroup.commit(service.group, 800, of: service.place())
            try service.start()
            let isWhole = eventually(seconds: 20) { answers.has(second) }
            #expect(
                isWhole, "\(answers.missing(second).count) of 1,000 were never answered\n\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.repeated.isEmpty)
        }

        @Test("A commit that is not Weir's, while it runs: a restart answers what waited")
        func foreignCommitWhileRunning() throws {
            let service = try Service("meanwhile")
            try AdminClient().createTopic(service.samples)
            let source = try SampleSource()
            let answers = service.answers()
            try service.start()
            let first = try source.send("first", 0..<100, to: service.samples)
            #expect(eventually { answers.has(first) }, "\(service.log)")
            try ForeignGroup.commit(service.group, 500, of: service.place())
            // Another commit of Weir's comes only with another record.
            service.kill()
            let second = try source.send("second", 100..<700, to: service.samples)
            try service.start()
            let isWhole = eventually(seconds: 20) { answers.has(second) }
            #expect(isWhole, "\(answers.missing(second).count) of 600 were never answered\n\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.contradictions.isEmpty)
        }

        @Test("A commit back: nothing is answered twice, and a warning says what happened")
        func foreignCommitBack() throws {
            let service = try Service("back")
            try AdminClient().createTopic(service.samples)
            let source = try SampleSource()
            let answers = service.answers()
            try service.start()
            let first = try source.send("first", 0..<200, to: service.samples)
            #expect(eventually { answers.has(first) }, "\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")

            try ForeignGroup.commit(service.group, 50, of: service.place())
            try service.start()
            let second = try source.send("second", 200..<220, to: service.samples)
            #expect(eventually { answers.has(second) }, "\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.repeated.isEmpty, "\(answers.repeated.count) were answered twice")
            let warnings = service.lines("warning")
            #expect(
                warnings.contains { $0.contains(service.group) && $0.contains("50") },
                "a warning names the group and where it was set to\n\(service.log)")
        }

        @Test("A stranger that subscribes with the group is named, and the service goes on")
        func stranger() throws {
            let service = try Service("stranger")
            try AdminClient().createTopic(service.samples)
            let source = try SampleSource()
            let answers = service.answers()
            try service.start()
            var sent = try source.send("s", 0..<100, to: service.samples)
            #expect(eventually { answers.has(sent) }, "\(service.log)")

            let stranger = ForeignGroup.Stranger(
                service.group, topic: service.samples, name: "somebody-else")
            #expect(eventually { stranger.isMember })
            for round in 1...3 where service.isRunning {
                sent += try source.send("s", (round * 100)..<(round * 100 + 100), to: service.samples)
                #expect(
                    service.awaitSnapshot(),
                    "snapshots are taken though others are in the group\n\(service.log)")
            }
            #expect(eventually(seconds: 20) { answers.has(sent) || !service.isRunning })
            #expect(answers.missing(sent).isEmpty)
            #expect(service.isRunning, "it goes on\n\(service.log)")
            let warnings = service.lines("warning")
            #expect(warnings.contains { $0.contains("somebody-else") }, "it names who\n\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            stranger.leave()

            // And what it could not commit it knows itself.
            try service.start()
            let last = try source.send("last", 0..<10, to: service.samples)
            #expect(eventually { answers.has(last) }, "\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.repeated.isEmpty, "\(answers.repeated.count) were answered twice")
        }

        @Test("SIGTERM while the group is being shared out among strangers ends it")
        func stopInARebalance() throws {
            let service = try Service("rebalance")
            try AdminClient().createTopic(service.samples, partitions: 2)
            let source = try SampleSource()
            let answers = service.answers()
            var sent: [String] = []
            for round in 0..<2 {
                try service.start()
                sent += try source.send(
                    "s", (round * 100)..<(round * 100 + 100), to: service.samples, partitions: 2)
                #expect(eventually { answers.has(sent) || !service.isRunning }, "\(service.log)")
                let strangers = (0..<2).map {
                    ForeignGroup.Stranger(
                        service.group, topic: service.samples, name: "stranger-\(round)-\($0)")
                }
                // Once while they join, once when they are members.
                if round > 0 { eventually { strangers.contains(where: \.isMember) } }
                let code = service.stop()
                #expect(code == 0, "\(service.log)")
                for stranger in strangers { stranger.leave() }
            }
            #expect(answers.missing(sent).isEmpty && answers.repeated.isEmpty)
        }

        @Test("Of two Weirs of one group with two folders the later refuses, and names the other")
        func twoWeirs() throws {
            let earlier = try Service("earlier")
            try AdminClient().createTopic(earlier.samples)
            let source = try SampleSource()
            let answers = earlier.answers()
            try earlier.start()
            let first = try source.send("first", 0..<100, to: earlier.samples)
            #expect(eventually { answers.has(first) }, "\(earlier.log)")
            #expect(earlier.awaitSnapshot())

            let later = try Service("later", samples: earlier.samples, group: earlier.group)
            let others = later.answers()
            try later.launch()
            let second = try source.send("second", 100..<200, to: earlier.samples)
            let ended = eventually(seconds: 20) { !later.isRunning }
            #expect(ended, "the later one goes on and has answered \(others.count) samples\n\(later.log)")
            if ended {
                #expect(later.exitCode() == 1)
                let last = later.lines("error").last ?? ""
                #expect(last.contains(earlier.group), "\(later.log)")
                #expect(
                    last.contains("\(earlier.processIdentifier)") || last.contains(earlier.folder),
                    "it names the other\n\(later.log)")
            } else {
                _ = later.stop()
            }
            #expect(others.count == 0, "what one answers the other does not")
            #expect(eventually { answers.has(second) || !earlier.isRunning })
            #expect(earlier.stop() == 0, "\(earlier.log)")
            #expect(answers.missing(first + second).isEmpty && answers.repeated.isEmpty, "\(earlier.log)")
        }
    }
}
