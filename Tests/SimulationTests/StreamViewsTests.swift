import Dispatch
import Foundation
import Learning
import Messages
import Streaming
import Synchronization
import TestSupport
import Testing

/// What a stream answers other threads while it learns.
@Suite struct StreamViewsTests {
    /// What another thread was answered, and by which model.
    private struct Asked: Sendable {
        let revision: Int
        let tracesLearned: Int
        let sample: Sample
        let reply: Reply
    }

    /// A thread that asks a stream until it has ended.
    private final class Asker: Sendable {
        private let asked = Mutex<[Asked]>([])
        private let finished = DispatchSemaphore(value: 0)

        init(_ views: StreamViews, _ samples: [Sample]) {
            Thread { [self] in
                var number = 0
                while let view = views.newest(within: .seconds(60)) {
                    let sample = samples[number % samples.count]
                    number += 1
                    // Before there are keys nothing is answered.
                    guard let reply = try? view.answer(sample.features) else { continue }
                    asked.withLock {
                        $0.append(
                            Asked(
                                revision: view.revision, tracesLearned: view.tracesLearned, sample: sample,
                                reply: reply))
                    }
                }
                finished.signal()
            }.start()
        }

        /// How many revisions have answered so far.
        var revisions: Int { asked.withLock { Set($0.map(\.revision)).count } }

        /// Waits until the thread has ended; gives all that it was answered.
        func wait() -> [Asked] {
            finished.wait()
            return asked.withLock { $0 }
        }
    }

    /// Runs a stream that is given one sample after the other and writes a snapshot at nearly every one.
    ///
    /// - Parameter isEnough: asked before each further sample.
    /// - Returns: how many samples it was given, its snapshots by their revisions, and the hash of its last state.
    private func learn(
        _ stream: QuietStream, began: (StreamLoop) -> Void = { _ in }, isEnough: @escaping (Int) -> Bool
    ) throws -> (samples: Int, learners: [Int: Learner], hash: String) {
        let configuration = try stream.configuration { $0.snapshots.intervalSeconds = 1 }
        stream.log.step = .seconds(1)
        var given = 0
        var isWhole = false
        var files: [String: Data] = [:]
        func collect() {
            for path in stream.disk.paths where path.hasSuffix(".safetensors") && files[path] == nil {
                files[path] = stream.disk.content(path)
            }
        }
        try stream.run(configuration, began: began) {
            collect()
            isWhole = isWhole || isEnough(given)
            if isWhole { return stream.answered >= given }
            stream.log.produce(QuietStream.json(stream.samples(given..<(given + 1))[0]))
            given += 1
            return false
        }
        collect()
        var learners: [Int: Learner] = [:]
        for data in files.values {
            let learner = try Snapshot(data).learner()
            if learner.isReady { learners[learner.revision] = learner }
        }
        let last = try #require(try stream.learner(configuration)).learner
        #expect(last.samples == given)
        return (given, learners, try last.stateHash())
    }

    @Test(
        "Asked from another thread while it learns, it answers with the bits of the snapshot of that moment, and goes on as if nobody had asked",
        .timeLimit(.minutes(5)))
    func views() throws {
        let stream = QuietStream()
        var asker: Asker?
        // As many samples as it takes for the other thread to see the model change often.
        let (count, learners, hash) = try learn(
            stream,
            began: { asker = Asker($0.views, stream.samples(10_000..<10_040)) },
            isEnough: { $0 >= 200 && asker?.revisions ?? 0 >= 60 || $0 >= 5_000 })
        let asked = try #require(asker).wait()
        var compared = Set<Int>()
        for answer in asked {
            guard let learner = learners[answer.revision] else { continue }
            compared.insert(answer.revision)
            #expect(answer.tracesLearned == learner.tracesLearned)
            #expect(answer.reply.tracesLearned == learner.tracesLearned)
            #expect(answer.reply.revision == answer.revision)
            let expected = try learner.encoder.encode(answer.sample.features).withSample(0) {
                learner.predict($0)
            }
            let labels = learner.classes.labels
            let ranked = expected.ranked.map {
                LabelScore(label: labels[$0.index], confidence: $0.probability)
            }
            let reply = answer.reply
            #expect(reply.label == expected.best.map { labels[$0.index] }, "revision \(answer.revision)")
            #expect(reply.confidence == expected.best?.probability ?? 0, "revision \(answer.revision)")
            #expect(reply.ranked == ranked, "revision \(answer.revision)")
            #expect(reply.isCalibrated == expected.isCalibrated && reply.distance == expected.distance)
            #expect(
                reply.candidate == (expected.isUnknown ? expected.candidate.map { labels[$0.index] } : nil))
        }
        #expect(compared.count >= 20, "of \(Set(asked.map(\.revision)).count) revisions that answered")
        // Later ones know more.
        let traces = asked.map(\.tracesLearned)
        #expect(traces == traces.sorted() && Set(traces).count >= 20)

        let unasked = try learn(QuietStream(), isEnough: { $0 >= count })
        #expect(unasked.samples == count && unasked.hash == hash)
    }

    @Test("Reasons come when they are wanted, and a vector that does not fit is refused")
    func reasons() throws {
        let stream = QuietStream()
        let seen = Mutex<[Result<Reply, any Error>]>([])
        let finished = DispatchSemaphore(value: 0)
        let sample = stream.samples(500..<501)[0]
        _ = try learn(
            stream,
            began: { loop in
                let views = loop.views
                Thread {
                    while let view = views.newest(within: .seconds(60)) {
                        guard view.tracesLearned >= 20 else { continue }
                        seen.withLock {
                            $0 = [
                                Result { try view.answer(sample.features) },
                                Result { try view.answer(sample.features, wantsReasons: true) },
                                Result { try view.answer([1]) },
                            ]
                        }
                        break
                    }
                    finished.signal()
                }.start()
            }, isEnough: { $0 >= 50 && !seen.withLock { $0.isEmpty } || $0 >= 5_000 })
        finished.wait()
        let answers = seen.withLock { $0 }
        try #require(answers.count == 3)
        let (plain, explained) = (try answers[0].get(), try answers[1].get())
        #expect(plain.reasons == nil && explained.reasons?.prototypes.isEmpty == false)
        #expect(plain.ranked == explained.ranked)
        #expect(throws: (any Error).self) { try answers[2].get() }
    }

    @Test("After the stream has ended, well or by a fault, nobody is kept waiting", .timeLimit(.minutes(5)))
    func ended() throws {
        let stream = QuietStream()
        var views: StreamViews?
        _ = try learn(stream, began: { views = $0.views }, isEnough: { $0 >= 20 })
        // Longer than this test may take.
        #expect(views?.newest(within: .seconds(3_600)) == nil)
        let other = QuietStream()
        for _ in 0..<100 { other.log.produce(Array("{".utf8)) }
        var asker: Asker?
        #expect(throws: StreamError.self) {
            try other.run(
                other.configuration { $0.errors.window = 10 },
                began: {
                    views = $0.views
                    asker = Asker($0.views, other.samples(0..<1))
                }, until: { false })
        }
        #expect(try #require(asker).wait().isEmpty)
        #expect(views?.newest(within: .seconds(3_600)) == nil)
    }
}
