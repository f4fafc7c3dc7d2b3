import Foundation
import KafkaBasics
import Messages
import Streaming
import TestSupport
import Testing

/// What others commit for the group, and who they are.
@Suite struct GroupWatchTests {
    private static let place = SimulatedCluster.place(0)

    private static func mark(_ name: String, began: Int64, state: String = "0123456789abcdef") -> String {
        CommitMark(
            stream: "s", state: state,
            instance: StreamInstance(name: name, began: began, id: "fedcba9876543210")
        ).text
    }

    @Test("A mark is printable ASCII, is read again, and nothing else is taken for one")
    func marks() throws {
        let mark = CommitMark(
            stream: "größe 1", state: "0123456789abcdef",
            instance: StreamInstance(name: "höst/4 711", began: 1_764_540_000_000, id: "fedcba9876543210"))
        #expect(mark.text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        let read = try #require(CommitMark(mark.text))
        #expect(read.isOf(stream: "größe 1") && !read.isOf(stream: "größe 2"))
        #expect(read.state == mark.state && read.instance.id == mark.instance.id)
        #expect(read.instance.began == mark.instance.began)
        for text in [
            "", "weir", "weir stream=s state=1", "kafka", "weir stream",
            mark.text.replacing("since=", with: "since=x"),
        ] {
            #expect(CommitMark(text) == nil)
        }
    }

    @Test(
        "A commit of another client ahead or behind changes nothing: all is answered, and once",
        arguments: [0, 20, 45, 60] as [Int64])
    func foreign(offset: Int64) throws {
        let stream = QuietStream()
        let configuration = try stream.configuration()
        for sample in stream.samples(0..<40) { stream.log.produce(QuietStream.json(sample)) }
        try stream.run(configuration) { stream.answered >= 40 }
        for sample in stream.samples(40..<60) { stream.log.produce(QuietStream.json(sample)) }
        stream.log.committed = [Self.place: Commit(offset: offset, mark: nil)]
        try stream.run(configuration) { stream.answered >= 60 }
        #expect(try stream.predictions().map(\.sampleID) == stream.samples(0..<60).map(\.id))
        #expect(stream.log.committed[Self.place]?.offset == 60)
    }

    @Test("A new state of a stream learns silently what an earlier one of it has committed")
    func lostFolder() throws {
        let stream = QuietStream()
        let configuration = try stream.configuration()
        for sample in stream.samples(0..<60) { stream.log.produce(QuietStream.json(sample)) }
        stream.log.committed = [Self.place: Commit(offset: 40, mark: Self.mark("old", began: 1))]
        // Stopped while it still learns what was answered, and begun again: it knows it from its own journal, whatever became
        // of the commits.
        stream.log.most = 5
        try stream.run(configuration) { stream.log.position(Self.place) >= 20 }
        #expect(stream.answered == 0)
        stream.log.committed = [:]
        try stream.run(configuration) { stream.answered >= 20 }
        #expect(try stream.predictions().map(\.sampleID) == stream.samples(40..<60).map(\.id))
    }

    @Test(
        "A state begun anew answers and refuses under ids of its own; the same state, and what cannot be read, keep theirs"
    )
    func identities() throws {
        let stream = QuietStream()
        func isWhole(_ lives: Int) -> Bool {
            stream.outputs.count { !$0.topic.hasSuffix(".metrics") } >= 42 * lives
        }
        func letters() -> [DeadLetter] {
            stream.outputs.filter { $0.topic.hasSuffix(".dlq") }.compactMap { letter in
                DeadLetter(headers: letter.headers.map { MessageHeader(name: $0.name, value: $0.value) })
            }
        }
        // It ends between two commits, before anything is noted as answered: a restart answers all of it again.
        let configuration = try stream.configuration()
        var polls = 0
        try? stream.run(configuration) {
            polls += 1
            if polls == 2 {
                for sample in stream.samples(0..<40) { stream.log.produce(QuietStream.json(sample)) }
                stream.log.produce(Array("no sample".utf8))
                stream.log.produce(Array(#"{"do":"delete_class","label":"never met"}"#.utf8))
            }
            if isWhole(1) { stream.world.end() }
            return false
        }
        stream.log.committed = [:]
        try stream.run(configuration) { isWhole(2) }
        // Another folder and another group.
        stream.log.committed = [:]
        let anew = try stream.configuration { $0.snapshots.folder = "/other" }
        try stream.run(anew) { isWhole(3) }

        let answers = Dictionary(grouping: try stream.predictions(), by: \.sampleID)
        #expect(answers.count == 40)
        for (sample, given) in answers {
            let ids = given.map(\.id)
            try #require(ids.count == 3, "\(sample)")
            #expect(ids[0] == ids[1] && ids[1] != ids[2], "\(sample)")
        }
        for (code, isOfTheState) in [("E_JSON", false), ("E_NOT_LEARNED", true)] {
            let ids = letters().filter { $0.code == code }.map(\.id)
            try #require(ids.count == 3, "\(code)")
            #expect(ids[0] == ids[1] && (ids[1] != ids[2]) == isOfTheState, "\(code)")
        }
    }

    @Test("Of two runs for one group the one that began later ends and names the other")
    func two() throws {
        let stream = QuietStream()
        let configuration = try stream.configuration()
        for sample in stream.samples(0..<40) { stream.log.produce(QuietStream.json(sample)) }
        func commit(_ mark: String) { stream.log.committed[Self.place] = Commit(offset: 7, mark: mark) }
        let late = stream.world.milliseconds + 1_000_000
        // The other began later: this one goes on.
        var polls = 0
        try stream.run(configuration) {
            polls += 1
            if polls == 20 { commit(Self.mark("other/1", began: late)) }
            return polls > 100 && stream.answered >= 40
        }
        #expect(stream.answered == 40)
        polls = 0
        let error = #expect(throws: StreamError.self) {
            try stream.run(configuration) {
                polls += 1
                if polls == 20 { commit(Self.mark("other/2", began: 1)) }
                return polls > 1_000
            }
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains("other/2"))
        // The last commit of the run before comes late: that is no other.
        polls = 0
        let state = try #require(try stream.learner(configuration)?.snapshot.manifest.state)
        try stream.run(configuration) {
            polls += 1
            if polls == 20 { commit(Self.mark("before", began: 1, state: state)) }
            return polls > 100
        }
    }
}
