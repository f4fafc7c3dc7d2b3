import Foundation
import Kafka
import TestSupport
import Testing

extension ClusterTests {
    /// Topics that come, go, and come again.
    @Suite(.serialized) struct TopicTests {
        /// A service that has answered so many samples.
        private func serving(_ what: String, count: Int = 100, source: SampleSource) throws -> (
            Service, Answers
        ) {
            let service = try Service(what)
            try AdminClient().createTopic(service.samples)
            let answers = service.answers()
            try service.start()
            let sent = try source.send("old", 0..<count, to: service.samples)
            #expect(eventually { answers.has(sent) }, "\(service.log)")
            #expect(service.awaitSnapshot(), "\(service.log)")
            return (service, answers)
        }

        /// It ends by itself, and its last word says what became of the topic.
        private func expectRefusal(_ service: Service, _ words: [String]) {
            let code = service.exitCode()
            #expect(code == 1, "it ends within 30 s; nil: it had to be killed\n\(service.log)")
            let last = service.lines("error").last ?? ""
            #expect(
                last.contains(service.samples) && words.contains { last.contains($0) },
                "the last word names the topic and one of \(words)\n\(service.log)")
        }

        @Test("A topic that is deleted while it is read")
        func deleted() throws {
            let (service, _) = try serving("deleted", source: SampleSource())
            try AdminClient().deleteTopic(service.samples)
            expectRefusal(service, ["deleted", "made anew"])
        }

        @Test(
            "A topic that is deleted and made anew while it is read, shorter or longer", arguments: [10, 400])
        func madeAnew(count: Int) throws {
            let source = try SampleSource()
            let (service, answers) = try serving("anew", source: source)
            try AdminClient().deleteTopic(service.samples)
            try AdminClient().createTopic(service.samples)
            // The producer may meet brokers that know of the topic only in a moment.
            try SampleSource().send("new", 0..<count, to: service.samples)
            expectRefusal(service, ["deleted", "made anew"])
            let answered = count - answers.missing(SampleSource.ids("new", 0..<count)).count
            #expect(
                answered == 0, "of the new topic's records some are answered as if they were the old one's")
        }

        @Test("A topic that is made anew while stopped, and longer than before")
        func madeAnewWhileStopped() throws {
            let source = try SampleSource()
            let (service, answers) = try serving("longer", source: source)
            #expect(service.stop() == 0, "\(service.log)")
            try AdminClient().deleteTopic(service.samples)
            try AdminClient().createTopic(service.samples)
            try SampleSource().send("new", 0..<400, to: service.samples)
            let doctor = try service.doctor()
            #expect(doctor.status == 2 && doctor.output.contains("made anew"), "\(doctor.output)")
            try service.launch()
            let ended = eventually(seconds: 15) { !service.isRunning }
            if !ended {
                let missing = answers.missing(SampleSource.ids("new", 0..<400)).count
                Issue.record("it goes on as if nothing were; \(missing) of 400 are not answered")
                _ = service.stop()
            }
            expectRefusal(service, ["made anew"])
        }

        @Test("SIGTERM while the topic is being deleted ends it")
        func stopInADeletedTopic() throws {
            for round in 0..<2 {
                let (service, _) = try serving("gone-\(round)", count: 30, source: SampleSource())
                try AdminClient().deleteTopic(service.samples)
                Thread.sleep(forTimeInterval: Double(round) * 0.6)
                #expect(
                    [0, 1].contains(service.stop()),
                    "it had to be killed after 30 s, or crashed\n\(service.log)")
            }
        }

        @Test(
            "SIGTERM before there is a topic ends it; once there is one it is served, and waiting is said once"
        )
        func missing() throws {
            let service = try Service("missing")
            try service.launch()
            #expect(eventually { service.log.contains(service.samples) }, "\(service.log)")
            #expect([0, 1].contains(service.stop()), "\(service.log)")

            try service.launch()
            let before = service.log.count
            Thread.sleep(forTimeInterval: 3)
            let said = service.log.dropFirst(before).split(separator: "\n").count {
                $0.contains(service.samples)
            }
            #expect(said <= 1, "the same line again and again\n\(service.log)")
            try AdminClient().createTopic(service.samples)
            let answers = service.answers()
            let sent = try SampleSource().send("s", 0..<50, to: service.samples)
            #expect(eventually { answers.has(sent) || !service.isRunning })
            #expect(answers.missing(sent).isEmpty)
            #expect(service.stop() == 0, "\(service.log)")
        }

        @Test("Partitions that are added are read")
        func addedPartitions() throws {
            let service = try Service("added")
            let admin = try AdminClient()
            try admin.createTopic(service.samples)
            let source = try SampleSource()
            let answers = service.answers()
            try service.start()
            var sent = try source.send("s", 0..<60, to: service.samples)
            #expect(eventually { answers.has(sent) }, "\(service.log)")
            try admin.createPartitions(of: service.samples, total: 3)
            // A producer of its own, which knows of them.
            sent += try SampleSource().send("s", 60..<360, to: service.samples, partitions: 3)
            #expect(
                eventually { answers.has(sent) }, "\(answers.missing(sent).count) missing\n\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            try service.start()
            let last = try source.send("last", 0..<10, to: service.samples)
            #expect(eventually { answers.has(last) }, "\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.repeated.isEmpty && answers.count == 370)
        }

        @Test("Records that were deleted unread are counted as lost, and the rest is answered")
        func retention() throws {
            let source = try SampleSource()
            let (service, answers) = try serving("retention", count: 100, source: source)
            #expect(service.stop() == 0, "\(service.log)")
            let sent = try source.send("unread", 0..<100, to: service.samples)
            try AdminClient().deleteRecords(of: service.place(), before: 150)
            try service.start()
            #expect(eventually { answers.has(Array(sent.suffix(50))) }, "\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.missing(sent) == Array(sent.prefix(50)))
            #expect(service.log.contains("those from offset 100 to 149"), "\(service.log)")
            #expect(try service.recordsLost() == 50)
        }

        @Test("All compressions")
        func compressions() throws {
            let service = try Service("compressed")
            try AdminClient().createTopic(service.samples, partitions: 2)
            let answers = service.answers()
            var sent: [String] = []
            for codec in ["gzip", "snappy", "lz4", "zstd", "none"] {
                let source = try SampleSource(["compression.codec": codec, "linger.ms": "50"])
                sent += try source.send(codec, 0..<200, to: service.samples, partitions: 2)
            }
            try service.start()
            #expect(eventually { answers.has(sent) }, "\(service.log)")
            #expect(service.stop() == 0, "\(service.log)")
            #expect(answers.repeated.isEmpty && answers.deadLetters.isEmpty)
        }
    }
}
