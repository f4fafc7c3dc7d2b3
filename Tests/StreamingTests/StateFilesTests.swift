import Foundation
import Glibc
import Kafka
import Learning
import Streaming
import Tensors
import Testing

/// Snapshots and journals on disk, whole and broken.
@Suite struct StateFilesTests {
    private func place(_ partition: Int32) -> TopicPartition {
        TopicPartition(topic: "t", partition: partition)
    }

    private func temporaryFolder() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("weir-state-\(UUID().uuidString)").path
    }

    private func snapshot(_ number: Int) throws -> Snapshot {
        var configuration = LearnerConfiguration(dimension: 4)
        configuration.memory.codebooks = 3
        configuration.memory.keys = 4
        configuration.memory.keyDimension = 2
        configuration.ensemble.features = 16
        var learner = try Learner(configuration: configuration)
        var random = RandomGenerator(seed: 1)
        let vectors = (0..<80).map { _ in Float(random.normal()) }
        try learner.initialiseKeys(from: vectors)
        let encoded = try learner.encoder.encode(vectors)
        for row in 0..<20 {
            _ = try encoded.withSample(row) {
                try learner.process(LearnerSample(id: "\(row)", label: "\(row % 3)"), $0)
            }
        }
        return try Snapshot(
            manifest: .init(
                number: number, createdMilliseconds: 1, stream: "s",
                offsets: [place(0): 5, place(3): 9],
                learner: configuration,
                keys: "k"), learner: learner)
    }

    @Test("A snapshot comes back as it was")
    func roundTrip() throws {
        let folder = temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try SnapshotStore(folder: folder, keep: 3)
        let snapshot = try snapshot(7)
        try store.write(snapshot.encoded(), number: 7)
        let found = try #require(try store.newest { path, error in Issue.record("\(path): \(error)") })
        #expect(found.manifest == snapshot.manifest)
        #expect(
            try found.learner().stateHash()
                == Learner(restoring: snapshot.content, configuration: snapshot.manifest.learner).stateHash())
    }

    @Test(
        "A file of an earlier or later format is named as such",
        arguments: [(1, "an earlier Weir"), (99, "of a newer Weir")])
    func otherFormat(format: Int, names: String) throws {
        let folder = temporaryFolder()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let now = try snapshot(1)
        var manifest = now.manifest
        manifest.format = format
        let path = "\(folder)/x.safetensors"
        try Snapshot(manifest: manifest, learner: now.learner()).encoded().write(
            to: URL(fileURLWithPath: path))
        let error = #expect(throws: StateError.self) { try Snapshot(path: path) }
        #expect("\(String(describing: error))".contains(names))
    }

    @Test("Every flipped bit and every cut is noticed")
    func damage() throws {
        let folder = temporaryFolder()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let whole = try snapshot(1).encoded()
        let path = "\(folder)/x.safetensors"
        func refused(_ data: Data) throws -> Bool {
            try data.write(to: URL(fileURLWithPath: path))
            return (try? Snapshot(path: path)) == nil
        }
        #expect(try !refused(whole))
        for position in stride(from: 0, to: whole.count, by: 7) {
            var damaged = whole
            damaged[position] ^= 1 << (position % 8)
            #expect(try refused(damaged), "byte \(position) of \(whole.count)")
        }
        for length in stride(from: 0, to: whole.count, by: 97) {
            #expect(try refused(whole.prefix(length)), "cut to \(length)")
        }
    }

    @Test("A broken newest snapshot is named and passed over; old ones are removed with their journals")
    func store() throws {
        let folder = temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try SnapshotStore(folder: folder, keep: 2)
        for number in 0..<4 {
            _ = try OrderJournal(path: store.journalPath(number), topics: ["t"], on: FileDisk())
            try store.write(snapshot(number).encoded(), number: number)
            try store.removeOld()
        }
        #expect(try store.snapshotNumbers() == [2, 3])
        #expect(
            !FileManager.default.fileExists(atPath: store.journalPath(1))
                && FileManager.default.fileExists(atPath: store.journalPath(2)))
        try Data("rubbish".utf8).write(to: URL(fileURLWithPath: store.snapshotPath(3)))
        var named: [String] = []
        #expect(try store.newest { path, _ in named.append(path) }?.manifest.number == 2)
        #expect(named == [store.snapshotPath(3)])
        #expect(try store.nextNumber() == 4)
        #expect(throws: StateError.self) { try SnapshotStore(folder: folder, keep: 2) }
    }

    @Test(
        "A snapshot that cannot be removed does not keep the others; one of a newer Weir is refused, not passed over"
    )
    func removal() throws {
        let folder = temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try SnapshotStore(folder: folder, keep: 1)
        // A folder is no file that could be removed.
        try FileManager.default.createDirectory(
            atPath: store.snapshotPath(0), withIntermediateDirectories: true)
        for number in 1...3 { try store.write(snapshot(number).encoded(), number: number) }
        #expect(throws: StateError.self) { try store.removeOld() }
        #expect(try store.snapshotNumbers() == [0, 3])
        var later = try snapshot(4).manifest
        later.format = Snapshot.Manifest.currentFormat + 1
        try store.write(
            Snapshot(manifest: later, learner: try snapshot(4).learner()).encoded(), number: 4)
        let error = #expect(throws: StateError.self) { try store.newest { _, _ in } }
        #expect(error?.message.contains("of a newer Weir") == true)
    }

    @Test("A broken snapshot that was passed over takes no place of the whole ones that are kept")
    func keptSnapshots() throws {
        let folder = temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var store: SnapshotStore? = try SnapshotStore(folder: folder, keep: 2)
        for number in 1...2 { try store?.write(snapshot(number).encoded(), number: number) }
        let broken = try #require(store?.snapshotPath(2))
        try Data("rubbish".utf8).write(to: URL(fileURLWithPath: broken))
        store = nil
        let next = try SnapshotStore(folder: folder, keep: 2)
        #expect(try next.newest { _, _ in }?.manifest.number == 1)
        try next.write(snapshot(3).encoded(), number: 3)
        try next.removeOld()
        #expect(try next.snapshotNumbers() == [1, 3], "1 is the last whole one before 3")
        try next.write(snapshot(4).encoded(), number: 4)
        try next.removeOld()
        #expect(try next.snapshotNumbers() == [3, 4])
    }

    @Test("Files are their owner's; a lock that was removed is noticed; names of other lengths are not ours")
    func folder() throws {
        let folder = temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try SnapshotStore(folder: "\(folder)/state", keep: 2)
        try store.write(snapshot(1).encoded(), number: 1)
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(store.folder) == 0o700 && mode(store.snapshotPath(1)) == 0o600)
        for name in ["snapshot-9223372036854775807", "snapshot-7", "snapshot-1234567890123"] {
            try Data("rubbish".utf8).write(to: URL(fileURLWithPath: "\(store.folder)/\(name).safetensors"))
        }
        #expect(try store.snapshotNumbers() == [1] && store.nextNumber() == 2)
        try store.checkLock()
        try FileManager.default.removeItem(atPath: "\(store.folder)/lock")
        #expect(throws: StateError.self) { try store.checkLock() }
        let other = try SnapshotStore(folder: store.folder, keep: 2)
        #expect(throws: StateError.self) { try store.checkLock() }
        try other.checkLock()
    }

    @Test("What is in the way of a folder is named, and what to do")
    func folderFaults() throws {
        let folder = temporaryFolder()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
        #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
        #expect(symlink("\(folder)/nowhere", "\(folder)/dangling") == 0)
        #expect(symlink("round", "\(folder)/round") == 0)
        #expect(symlink(".", "\(folder)/here") == 0)
        for (path, says) in [
            (
                "dangling",
                "\(folder)/dangling is a symbolic link to \(folder)/nowhere, which is not there; make that folder, or remove the link"
            ),
            (
                "dangling/below",
                "\(folder)/dangling is a symbolic link to \(folder)/nowhere, which is not there"
            ),
            ("round", "\(folder)/round is a symbolic link to round, which leads back to itself"),
            ("file", "\(folder)/file is a file, not a folder; remove it, or name another folder"),
            ("file/below/it", "\(folder)/file is a file, not a folder"),
            ("pipe", "\(folder)/pipe is a named pipe, not a folder"),
            (String(repeating: "x", count: 300), "File name too long"),
        ] {
            for body in [
                { _ = try SnapshotStore(folder: "\(folder)/\(path)", keep: 1) },
                { _ = try FileDisk().hasFolder("\(folder)/\(path)") },
            ] {
                let error = #expect(throws: StateError.self) { try body() }
                #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
            }
        }
        #expect(try FileDisk().hasFolder("\(folder)/here"))
        #expect(try !FileDisk().hasFolder("\(folder)/a/b"))
        _ = try SnapshotStore(folder: "\(folder)/here/a/b", keep: 1)
        #expect(try FileDisk().hasFolder("\(folder)/a/b"))
    }

    @Test(
        "What bears a snapshot's name and is no file is passed over, and one of another size is refused unread"
    )
    func noSnapshots() throws {
        let folder = temporaryFolder()
        let store = try SnapshotStore(folder: folder, keep: 2)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try store.write(snapshot(7).encoded(), number: 7)
        #expect(mkfifo(store.snapshotPath(8), 0o600) == 0)
        var broken: [String] = []
        let found = try store.newest { broken.append("\($1)") }
        #expect(found?.manifest.number == 7)
        #expect(broken == ["\(store.snapshotPath(8)) is a named pipe; name a file"])
        // As large as no memory is: it would have to be read to be told from a whole one by its checksum.
        #expect(truncate(store.snapshotPath(7), 40 << 30) == 0)
        let error = #expect(throws: SafetensorsError.self) { try Snapshot(path: store.snapshotPath(7)) }
        #expect(error?.message.contains("bytes of data; the file has 429") == true, "\(error?.message ?? "")")
        #expect(truncate(store.snapshotPath(7), 65 << 30) == 0)
        let large = #expect(throws: SafetensorsError.self) { try Snapshot(path: store.snapshotPath(7)) }
        #expect(large?.message.contains("at most 68719476736 are read") == true, "\(large?.message ?? "")")
    }

    @Test("Who only looks into a folder makes, locks and removes nothing")
    func looking() throws {
        let folder = temporaryFolder()
        let store = try SnapshotStore(folder: folder, keep: 2)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try store.write(snapshot(7).encoded(), number: 7)
        try Data().write(to: URL(fileURLWithPath: "\(folder)/snapshot-000000000008.safetensors.part"))
        let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let found = try SnapshotStore(lookingInto: folder).newest { Issue.record("\($0): \($1)") }
        #expect(found?.manifest.number == 7)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
        #expect(throws: StateError.self) {
            try SnapshotStore(lookingInto: "\(folder)/none").newest { _, _ in }
        }
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/none"))
    }

    @Test("A journal keeps its runs over a torn end and a broken run")
    func journal() throws {
        let folder = temporaryFolder()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/j.log"
        let topics = ["t", "weir.s.samples"]
        let runs: [OrderJournal.Run] = (0..<5).map { number in
            let first = Int64(number * 10)
            return OrderJournal.Run(
                place: TopicPartition(topic: topics[number % 2], partition: Int32(number)), first: first,
                last: first + 3)
        }
        var journal = try OrderJournal(path: path, topics: topics, on: FileDisk())
        try journal.append(Array(runs[..<2]))
        try journal.append([runs[2]])
        journal.close()
        #expect(try OrderJournal.Content(path: path, topic: "t", on: FileDisk()).runs == Array(runs[..<3]))
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let header = whole.count - 3 * 40
        for length in 0..<whole.count {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            #expect(
                try OrderJournal.Content(path: path, topic: "t", on: FileDisk()).runs
                    == Array(runs[..<(max(0, length - header) / 40)]))
        }
        // A torn end is written over.
        journal = try OrderJournal(path: path, topics: topics, on: FileDisk())
        try journal.append([runs[3]])
        journal.close()
        #expect(
            try OrderJournal.Content(path: path, topic: "t", on: FileDisk()).runs == [
                runs[0], runs[1], runs[3],
            ])
        var damaged = whole
        damaged[header + 45] ^= 4
        try damaged.write(to: URL(fileURLWithPath: path))
        #expect(try OrderJournal.Content(path: path, topic: "t", on: FileDisk()).runs == [runs[0]])
        #expect(
            try OrderJournal.Content(path: path, topic: "t", on: FileDisk()).damage(topics: topics)?.contains(
                "after 1 runs; 80 bytes") == true)
        var overwritten = whole
        overwritten[0] ^= 1
        try overwritten.write(to: URL(fileURLWithPath: path))
        #expect(
            try OrderJournal.Content(path: path, topic: "t", on: FileDisk()).damage(topics: topics)?.contains(
                "after 0 runs")
                == true)
        #expect(
            try OrderJournal.Content(path: "\(folder)/none.log", topic: "t", on: FileDisk()).damage(
                topics: topics)
                == "it is not there")
        try whole.prefix(whole.count - 5).write(to: URL(fileURLWithPath: path))
        #expect(
            try OrderJournal.Content(path: path, topic: "t", on: FileDisk()).damage(topics: topics) == nil,
            "a last run that was cut is no damage")
        try damaged.write(to: URL(fileURLWithPath: path))
        // What is appended after a broken run stands in its place, where it is read.
        journal = try OrderJournal(path: path, topics: topics, on: FileDisk())
        try journal.append([runs[4]])
        journal.close()
        #expect(try OrderJournal.Content(path: path, topic: "t", on: FileDisk()).runs == [runs[0], runs[4]])
        #expect(try OrderJournal.Content(path: "\(folder)/none.log", topic: "t", on: FileDisk()).runs.isEmpty)
    }

    @Test(
        "A journal keeps what is answered, and of each run how many records it has and what the last one is")
    func answered() throws {
        let folder = temporaryFolder()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/j.log"
        let journal = try OrderJournal(path: path, topics: ["t"], on: FileDisk())
        let run = OrderJournal.Run(place: place(3), first: 7, last: 9, count: 2, fingerprint: .max)
        try journal.append([run])
        try journal.append(answered: [place(3): 8, place(1): 4])
        try journal.append(answered: [place(3): 10])
        journal.close()
        let content = try OrderJournal.Content(path: path, topic: "", on: FileDisk())
        #expect(content.runs == [run])
        #expect(content.answered == [place(3): 10, place(1): 4])
        #expect(content.damage(topics: ["t"]) == nil)
    }

    @Test("A journal cut within its header is begun anew; another one is not added to")
    func journalHeader() throws {
        let folder = temporaryFolder()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/j.log"
        let run = OrderJournal.Run(place: place(3), first: 7, last: 9)
        try OrderJournal(path: path, topics: ["t"], on: FileDisk()).close()
        let header = try Data(contentsOf: URL(fileURLWithPath: path))
        for length in 0..<header.count {
            try header.prefix(length).write(to: URL(fileURLWithPath: path))
            #expect(try OrderJournal.Content(path: path, topic: "t", on: FileDisk()).runs.isEmpty)
            let journal = try OrderJournal(path: path, topics: ["t"], on: FileDisk())
            try journal.append([run])
            journal.close()
            #expect(
                try OrderJournal.Content(path: path, topic: "x", on: FileDisk()).runs == [run],
                "cut after \(length) bytes")
        }
        #expect(throws: StateError.self) { try OrderJournal(path: path, topics: ["t", "u"], on: FileDisk()) }
        // Whatever bit of its header is flipped, it is named as damaged and nothing is added to it.
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for bit in 64..<(header.count * 8) {
            var damaged = whole
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            try damaged.write(to: URL(fileURLWithPath: path))
            let content = try OrderJournal.Content(path: path, topic: "t", on: FileDisk())
            #expect(content.damage(topics: ["t"]) != nil && content.runs.isEmpty, "bit \(bit)")
            #expect(throws: StateError.self) { try OrderJournal(path: path, topics: ["t"], on: FileDisk()) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == damaged)
        }
        try Data(repeating: 1, count: 24).write(to: URL(fileURLWithPath: path))
        #expect(throws: StateError.self) { try OrderJournal(path: path, topics: ["t"], on: FileDisk()) }
        // A later version, which has its checksum where this one has.
        var later = header.dropLast(4)
        later[8] = 5
        var checksum = later.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        withUnsafeBytes(of: &checksum) { later.append(contentsOf: $0) }
        try later.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StateError.self) {
            try OrderJournal.Content(path: path, topic: "t", on: FileDisk()).runs
        }
        #expect(error?.message.contains("version 5") == true)
    }

    @Test("The ledger calls a batch answered when all before it are")
    func ledger() throws {
        let ledger = DeliveryLedger()
        let first = ledger.open()
        ledger.expect(2)
        ledger.close(positions: [place(0): 2])
        let second = ledger.open()
        ledger.expect(1)
        ledger.close(positions: [place(0): 3, place(1): 7])
        ledger.settle(ticket: second, error: nil)
        #expect(try ledger.takeSettled().isEmpty && ledger.openTickets == 2)
        ledger.settle(ticket: first, error: nil)
        #expect(try ledger.takeSettled().isEmpty)
        ledger.settle(ticket: first, error: nil)
        #expect(try ledger.takeSettled() == [place(0): 3, place(1): 7])
        #expect(try ledger.takeSettled().isEmpty && ledger.openTickets == 0)
        let third = ledger.open()
        ledger.expect(1)
        ledger.settle(ticket: third, error: nil)
        #expect(ledger.openTickets == 1, "an open ticket is not finished")
        ledger.close(positions: [place(0): 4])
        #expect(try ledger.takeSettled() == [place(0): 4])
    }
}
