import Digests
import Experts
import Memory
import Tensors
import Testing

/// The experts together, on a small mixture of Gaussians.
@Suite struct EnsembleTests {
    static let all: [ExpertKind] = ExpertKind.allCases
    static let standard = EnsembleConfiguration().experts
    static let expertSets: [[ExpertKind]] = [
        standard, all, [.counts], [.prototypes, .ridge], [.counts, .trained],
    ]

    /// Memory and experts, that learn the same.
    private struct World {
        var memory: Bottleneck
        var ensemble: Ensemble
        let samples: Gaussians
        let batch: EncodedBatch
        var learned = 0

        init(
            _ samples: Gaussians, seed: UInt64 = 1, experts: [ExpertKind] = EnsembleTests.standard,
            exemplarsPerClass: Int = 12, falseRejections: Double = 0.1
        ) throws {
            var sizes = BottleneckConfiguration()
            (sizes.codebooks, sizes.keys, sizes.keyDimension, sizes.seed) = (8, 16, 4, seed)
            var configuration = EnsembleConfiguration()
            configuration.experts = experts
            configuration.features = 64
            configuration.exemplarsPerClass = exemplarsPerClass
            configuration.falseRejections = falseRejections
            memory = try Bottleneck(configuration: sizes, dimension: samples.dimension)
            try memory.initialiseKeys(from: samples.flat)
            try memory.freeze()
            ensemble = try Ensemble(
                configuration: configuration, memory: sizes, dimension: samples.dimension)
            ensemble.initialise(from: samples.flat)
            self.samples = samples
            batch = try EncodedBatch(
                samples.flat, keys: #require(memory.frozenKeys), features: ensemble.frozen)
        }

        mutating func learn(_ row: Int, as classIndex: Int? = nil, refreshing: Bool = true) {
            let label = classIndex ?? samples.labels[row]
            batch.withSample(row) { sample in
                memory.learn(sample.codes, classIndex: label, weight: samples.weights[row])
                ensemble.learn(
                    sample, classIndex: label, weight: samples.weights[row], id: "sample \(row)",
                    source: SampleSource(topic: "t", partition: 0, offset: Int64(row)))
            }
            learned += 1
            if refreshing { ensemble.advance(memory) }
        }

        mutating func unlearn(_ row: Int) throws {
            try batch.withSample(row) { sample in
                try memory.unlearn(
                    sample.codes, classIndex: samples.labels[row], weight: samples.weights[row])
                ensemble.unlearn(
                    sample, classIndex: samples.labels[row], weight: samples.weights[row], id: "sample \(row)"
                )
            }
            learned -= 1
        }

        mutating func refresh() { ensemble.refresh(memory) }

        func scores(_ row: Int, classCount: Int? = nil) -> [Float] {
            var room = Ensemble.Room(ensemble)
            return scores(row, classCount: classCount, &room)
        }

        func scores(_ row: Int, classCount: Int? = nil, _ room: inout Ensemble.Room) -> [Float] {
            batch.withSample(row) { sample in
                filled(classCount ?? samples.classCount) {
                    ensemble.score(sample, codes: sample.codes, memory: memory, room: &room, into: $0)
                }
            }
        }

        func best(_ row: Int, classCount: Int? = nil) -> Int {
            let scores = scores(row, classCount: classCount)
            return scores.indices.max { scores[$0] < scores[$1] } ?? -1
        }

        /// Of what was learned, classes in a given order.
        func digest(_ order: [Int]? = nil) -> String {
            let hash = SHA256()
            ensemble.update(hash, order: order ?? Array(0..<samples.classCount))
            return hash.hexadecimal()
        }

        func solvedDigest() throws -> String {
            let hash = SHA256()
            try ensemble.updateSolved(hash)
            return hash.hexadecimal()
        }

        /// The same world from its snapshot.
        func restored(labels: [String]) throws -> World {
            var copy = self
            let parts = try ensemble.snapshot()
            let file = try Safetensors(
                bytes: Safetensors(
                    tensors: parts.tensors.merging(memory.snapshot(labels: labels)) { $1 },
                    metadata: parts.metadata
                ).encoded())
            copy.memory = try Bottleneck(
                restoring: file, configuration: memory.configuration, dimension: samples.dimension,
                labels: labels)
            copy.ensemble = try Ensemble(
                restoring: file, configuration: ensemble.configuration, memory: memory.configuration,
                dimension: samples.dimension)
            return copy
        }
    }

    private static let labels = (0..<8).map { "class \($0)" }

    @Test("Any order of learning gives the same digest", arguments: Gaussians.seeds, expertSets)
    func order(seed: UInt64, experts: [ExpertKind]) throws {
        let empty = try World(Gaussians(seed: seed, count: 200), seed: seed, experts: experts)
        var random = RandomGenerator(seed: seed &+ 8)
        var straight = empty
        for row in 0..<200 { straight.learn(row, refreshing: false) }
        straight.refresh()
        for _ in 0..<2 {
            var other = empty
            for row in random.permutation(200) { other.learn(row) }
            other.refresh()
            #expect(straight.digest() == other.digest(), "seed \(seed), \(experts)")
            // What is solved for does not depend on it either, nor on how often it was solved before.
            for row in 0..<20 {
                #expect(straight.scores(row) == other.scores(row), "seed \(seed), \(experts), row \(row)")
            }
        }
        // Classes by another number, and no mark of the number.
        let places = [3, 0, 4, 1, 2]
        var renamed = empty
        for row in random.permutation(200) { renamed.learn(row, as: places[renamed.samples.labels[row]]) }
        #expect(renamed.digest(places) == straight.digest(), "seed \(seed), \(experts)")
    }

    @Test(
        "What is taken back leaves no mark where no exemplar had to give way", arguments: Gaussians.seeds,
        expertSets)
    func unlearned(seed: UInt64, experts: [ExpertKind]) throws {
        let empty = try World(
            Gaussians(seed: seed, count: 150), seed: seed, experts: experts, exemplarsPerClass: 200)
        var random = RandomGenerator(seed: seed &+ 8)
        let leaving = Set(random.permutation(150).prefix(60))
        var world = empty
        var never = empty
        for row in 0..<150 { world.learn(row) }
        for row in random.permutation(150) where leaving.contains(row) { try world.unlearn(row) }
        for row in 0..<150 where !leaving.contains(row) { never.learn(row) }
        #expect(world.ensemble.isStale)
        #expect(world.digest() == never.digest(), "seed \(seed), \(experts)")
        world.refresh()
        never.refresh()
        #expect(!world.ensemble.isStale)
        for row in 0..<30 { #expect(world.scores(row) == never.scores(row), "seed \(seed), \(experts)") }
        // And all of it.
        for row in 0..<150 where !leaving.contains(row) { try world.unlearn(row) }
        #expect(world.digest() == empty.digest())
        world.refresh()
        #expect(world.scores(0).allSatisfy { $0 == -.infinity })
    }

    @Test("A restored ensemble goes on with the same bits", arguments: [1, 2, 3] as [UInt64], expertSets)
    func restored(seed: UInt64, experts: [ExpertKind]) throws {
        var world = try World(Gaussians(seed: seed, count: 260), seed: seed, experts: experts)
        for row in 0..<260 {
            if [0, 1, 5, 33, 64, 100, 131, 200, 201].contains(row) {
                // Some of what it learned is taken back right before.
                if row == 201 { try world.unlearn(199) }
                var other = try world.restored(labels: Self.labels)
                #expect(other.digest() == world.digest(), "seed \(seed), \(experts), at \(row)")
                let (solved, itsSolved) = (try world.solvedDigest(), try other.solvedDigest())
                #expect(solved == itsSolved, "seed \(seed), \(experts), at \(row)")
                var copy = world
                for later in row..<min(260, row + 45) {
                    #expect(
                        other.scores(later) == copy.scores(later),
                        "seed \(seed), \(experts), \(later) from \(row)")
                    copy.learn(later)
                    other.learn(later)
                }
                #expect(other.digest() == copy.digest(), "seed \(seed), \(experts), at \(row)")
                let (later, itsLater) = (try copy.solvedDigest(), try other.solvedDigest())
                #expect(later == itsLater, "seed \(seed), \(experts), at \(row)")
                let (bytes, itsBytes) = (
                    try copy.ensemble.snapshot().encoded(), try other.ensemble.snapshot().encoded()
                )
                #expect(bytes == itsBytes, "seed \(seed), \(experts), at \(row)")
                if row == 201 { world.learn(199) }
            }
            world.learn(row)
        }
        #expect(world.ensemble.solution.number > 3)
    }

    @Test("Answering changes nothing, and what was answered before neither", arguments: Gaussians.seeds)
    func pure(seed: UInt64) throws {
        var world = try World(Gaussians(seed: seed, count: 200), seed: seed, experts: Self.all)
        var room = Ensemble.Room(world.ensemble)
        for row in 0..<200 {
            let fresh = world.scores(row)
            let (digest, solved) = (world.digest(), try world.solvedDigest())
            _ = world.scores((row + 77) % 200, &room)
            #expect(world.scores(row, &room) == fresh, "seed \(seed), row \(row)")
            #expect(world.digest() == digest)
            let after = try world.solvedDigest()
            #expect(after == solved)
            world.learn(row)
        }
    }

    @Test(
        "It learns: nearly all answers are right, and shares add up", arguments: Gaussians.seeds, expertSets)
    func learns(seed: UInt64, experts: [ExpertKind]) throws {
        var world = try World(Gaussians(seed: seed, count: 600), seed: seed, experts: experts)
        for row in 0..<400 { world.learn(row) }
        world.refresh()
        let right = (400..<600).count { world.best($0) == world.samples.labels[$0] }
        #expect(right > 160, "seed \(seed), \(experts): \(right) of 200")
        let shares = world.ensemble.shares
        #expect(abs(shares.reduce(0, +) - 1) < 1e-5 && shares.allSatisfy { $0 >= 0 }, "\(shares)")
        #expect(world.ensemble.solution.isCalibrated)
        var room = Ensemble.Room(world.ensemble)
        let distances = (400..<600).compactMap { row -> Float? in
            _ = world.scores(row, &room)
            return world.ensemble.distance(room)
        }
        #expect(distances.count == 200 && distances.allSatisfy(\.isFinite))
        let threshold = try #require(world.ensemble.solution.familiarity?.threshold)
        // Exemplars are few, so only roughly a tenth.
        #expect(distances.count { $0 > threshold } < 80, "seed \(seed), \(experts)")
    }

    @Test(
        "A class that is new since the last solution can be the answer", arguments: Gaussians.seeds,
        expertSets)
    func newClass(seed: UInt64, experts: [ExpertKind]) throws {
        let samples = Gaussians(seed: seed, count: 400, spread: 4)
        var world = try World(samples, seed: seed, experts: experts)
        let late = samples.labels.indices.filter { samples.labels[$0] == 4 }
        for row in 0..<300 where samples.labels[row] != 4 { world.learn(row, refreshing: false) }
        world.refresh()
        let before = (300..<400).filter { samples.labels[$0] != 4 }
        let right = before.count { world.best($0) == samples.labels[$0] }
        #expect(world.scores(late[0])[4] == -.infinity)
        for row in late.prefix(3) {
            world.learn(row, refreshing: false)
            let scores = world.scores(row)
            #expect(
                scores.allSatisfy { !$0.isNaN } && scores[4].isFinite, "seed \(seed), \(experts): \(scores)")
        }
        guard experts.contains(.counts) else { return }
        let found = late.dropFirst(3).prefix(40).count { world.best($0) == 4 }
        #expect(found >= 20, "seed \(seed), \(experts): \(found) of 40")
        let still = before.count { world.best($0) == samples.labels[$0] }
        #expect(still >= right - 15, "seed \(seed), \(experts): \(still), before \(right) of \(before.count)")
    }

    @Test(
        "Every class that something is known of can be the answer after a solution",
        arguments: Gaussians.seeds, expertSets)
    func knownClasses(seed: UInt64, experts: [ExpertKind]) throws {
        let samples = Gaussians(seed: seed, count: 200, spread: 4)
        var world = try World(samples, seed: seed, experts: experts, exemplarsPerClass: 5)
        let rows = samples.labels.indices.filter { samples.labels[$0] == 4 }
        for row in 0..<200 where samples.labels[row] != 4 { world.learn(row, refreshing: false) }
        // Of one class little is known, and its exemplars are taken back.
        for row in rows { world.learn(row, refreshing: false) }
        let kept = Set(world.ensemble.exemplars.byClass[4].map(\.id))
        for row in rows where kept.contains("sample \(row)") { try world.unlearn(row) }
        #expect(world.ensemble.exemplars.byClass[4].isEmpty)
        world.refresh()
        for row in rows.prefix(5) {
            let scores = world.scores(row)
            #expect(scores.allSatisfy { $0.isFinite }, "seed \(seed), \(experts): \(scores)")
        }
        // And one of a single sample.
        world.learn(rows[0], as: 5, refreshing: false)
        world.refresh()
        let scores = world.scores(rows[0], classCount: 6)
        #expect(scores.allSatisfy { $0.isFinite }, "seed \(seed), \(experts): \(scores)")
    }

    @Test("A forgotten class cannot be the answer", arguments: Gaussians.seeds, expertSets)
    func forgotten(seed: UInt64, experts: [ExpertKind]) throws {
        var world = try World(Gaussians(seed: seed, count: 200), seed: seed, experts: experts)
        for row in 0..<200 { world.learn(row) }
        try world.memory.remove(classIndex: 2)
        world.ensemble.remove(classIndex: 2)
        world.ensemble.remove(classIndex: 99)
        #expect(world.ensemble.isStale && world.ensemble.exemplars.byClass[2].isEmpty)
        for refreshed in [false, true] {
            if refreshed { world.refresh() }
            for row in 0..<50 {
                let scores = world.scores(row)
                #expect(scores[2] == -.infinity, "seed \(seed), \(experts)")
                #expect(
                    scores.indices.allSatisfy { $0 == 2 || scores[$0].isFinite }, "seed \(seed), \(experts)")
            }
        }
        // It can be learned anew.
        let again = try #require(world.samples.labels.firstIndex(of: 2))
        world.learn(again)
        #expect(world.scores(again)[2].isFinite)
        _ = try world.restored(labels: Self.labels)
    }

    @Test("Merged classes are one", arguments: Gaussians.seeds, expertSets)
    func merged(seed: UInt64, experts: [ExpertKind]) throws {
        let empty = try World(Gaussians(seed: seed, count: 200), seed: seed, experts: experts)
        var world = empty
        var direct = empty
        for row in 0..<200 {
            world.learn(row)
            direct.learn(row, as: empty.samples.labels[row] == 1 ? 3 : nil)
        }
        try world.memory.merge(1, into: 3)
        world.ensemble.merge(1, into: 3)
        world.ensemble.merge(3, into: 3)
        #expect(world.digest() == direct.digest(), "seed \(seed), \(experts)")
        world.refresh()
        direct.refresh()
        for row in 0..<40 {
            let scores = world.scores(row)
            #expect(scores == direct.scores(row), "seed \(seed), \(experts)")
            #expect(scores[1] == -.infinity && scores[3].isFinite)
        }
    }

    @Test("One class alone, one sample alone, nothing at all", arguments: expertSets)
    func few(experts: [ExpertKind]) throws {
        var world = try World(Gaussians(seed: 1, count: 60), experts: experts)
        world.refresh()
        #expect(world.scores(0).allSatisfy { $0 == -.infinity })
        for count in 1...40 {
            world.learn(count, as: 0, refreshing: false)
            var refreshed = world
            refreshed.refresh()
            for asked in [world, refreshed] {
                let scores = asked.scores(0)
                #expect(
                    scores[0].isFinite && scores[1...].allSatisfy { $0 == -.infinity }, "\(experts), \(count)"
                )
                _ = try asked.restored(labels: Self.labels)
            }
        }
    }

    @Test("Without the covariance long embeddings take no room of their square")
    func longEmbeddings() throws {
        var sizes = BottleneckConfiguration()
        (sizes.codebooks, sizes.keys, sizes.keyDimension) = (2, 4, 2)
        var configuration = EnsembleConfiguration()
        configuration.experts = [.counts, .means]
        let dimension = 65_536
        var ensemble = try Ensemble(configuration: configuration, memory: sizes, dimension: dimension)
        ensemble.initialise(from: [Float](repeating: 1, count: dimension))
        #expect(try ensemble.snapshot().encoded().count < 1 << 20)
    }

    @Test("Settings out of range are refused by name")
    func refused() throws {
        func message(_ change: (inout EnsembleConfiguration) -> Void, dimension: Int = 12) -> String {
            var configuration = EnsembleConfiguration()
            change(&configuration)
            do {
                _ = try configuration.validated(dimension: dimension)
                return ""
            } catch {
                return error.message
            }
        }
        #expect(message { _ in } == "")
        #expect(message { $0.experts = [] }.contains("experts"))
        #expect(message { $0.experts = [.counts, .counts] }.contains("counts, counts"))
        #expect(message { $0.features = 15 }.contains("16...16384"))
        #expect(message { $0.exemplarsPerClass = 1 }.contains("exemplarsPerClass must lie in 2"))
        #expect(message { $0.falseRejections = 0.6 }.contains("0...0.5"))
        #expect(message({ _ in }, dimension: 5_000).contains("covariance"))
        #expect(message({ $0.experts = [.counts] }, dimension: 5_000) == "")
    }

    @Test("After a long time of one class, the second is answered from its first samples on")
    func rareSecondClass() throws {
        let samples = Gaussians(seed: 5, count: 1_000)
        var world = try World(samples)
        let first = samples.labels[0]
        let second = try #require(samples.labels.first { $0 != first })
        let rows = samples.labels.indices
        for row in rows where samples.labels[row] == first { world.learn(row, as: 0) }
        world.refresh()
        var asked = 0
        var right = 0
        for (number, row) in rows.filter({ samples.labels[$0] == second }).enumerated().prefix(60) {
            if number >= 3 {
                let scores = world.scores(row, classCount: 2)
                asked += 1
                if scores.indices.max(by: { scores[$0] < scores[$1] }) == 1 { right += 1 }
            }
            world.learn(row, as: 1)
        }
        #expect(asked > 20 && right * 10 >= asked * 8, "\(right) of \(asked)")
    }
}
