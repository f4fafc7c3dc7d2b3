import Memory
import Tensors
import Testing

/// Counts without a trace, merged, removed and fading.
@Suite struct CountReadoutTests {
    private struct Trace {
        let codes: [UInt16]
        let classIndex: Int
        let weight: Int
    }

    private static let codebooks = 6
    private static let keys = 5
    private static let classCount = 4

    /// - Parameter neighbours: T.
    private func traces(_ seed: UInt64, count: Int, neighbours: Int = 1) -> [Trace] {
        var random = RandomGenerator(seed: seed)
        return (0..<count).map { _ in
            let codes = (0..<Self.codebooks).flatMap { _ in
                random.permutation(Self.keys).prefix(neighbours).map { UInt16($0) }
            }
            return Trace(codes: codes, classIndex: random.below(Self.classCount), weight: 1 + random.below(3))
        }
    }

    private func readout(_ traces: some Sequence<Trace>, halfLife: Int = 0) -> CountReadout {
        var readout = CountReadout(
            codebooks: Self.codebooks, keys: Self.keys, smoothing: 0.1, halfLife: halfLife)
        for trace in traces { learn(&readout, trace) }
        return readout
    }

    private func learn(_ readout: inout CountReadout, _ trace: Trace, as classIndex: Int? = nil) {
        trace.codes.withUnsafeBufferPointer {
            readout.learn($0, classIndex: classIndex ?? trace.classIndex, weight: trace.weight)
        }
    }

    private func scores(_ readout: CountReadout, _ trace: Trace, without: Bool) -> [UInt32] {
        filled(Self.classCount) { scores in
            trace.codes.withUnsafeBufferPointer {
                readout.score($0, without: without ? (trace.classIndex, trace.weight) : nil, into: scores)
            }
        }.map(\.bitPattern)
    }

    private func tensors(_ readout: CountReadout) -> [String: TensorData] {
        readout.tensors(rank: Array(0..<Self.classCount))
    }

    @Test(
        "Without a trace: the bits of never having learned it", arguments: Gaussians.seeds,
        [1, 2, 3, 40, 200])
    func without(seed: UInt64, count: Int) {
        for neighbours in [1, 2] {
            let traces = traces(seed, count: count, neighbours: neighbours)
            let all = readout(traces)
            for left in 0..<min(count, 25) {
                let others = readout(traces.enumerated().filter { $0.offset != left }.map(\.element))
                #expect(
                    scores(all, traces[left], without: true) == scores(others, traces[left], without: false),
                    "seed \(seed), trace \(left) of \(count)")
            }
        }
    }

    @Test("A key whose only trace is left out says nothing", arguments: 1...3)
    func onlyTrace(weight: Int) {
        let alone = Trace(codes: [0, 0, 0, 0, 0, 0], classIndex: 1, weight: weight)
        let other = Trace(codes: [1, 1, 1, 1, 1, 0], classIndex: 2, weight: 2)
        let all = readout([alone, other])
        #expect(scores(all, alone, without: true) == scores(readout([other]), alone, without: false))
        let none = filled(Self.classCount) { scores in
            alone.codes.withUnsafeBufferPointer {
                readout([alone]).score($0, without: (1, weight), into: scores)
            }
        }
        #expect(none == [Float](repeating: -.infinity, count: Self.classCount))
    }

    @Test("Merged and removed classes are as if learned so", arguments: Gaussians.seeds, [1, 30, 300])
    func mergedAndRemoved(seed: UInt64, count: Int) {
        let traces = traces(seed, count: count, neighbours: 2)
        for from in 0..<Self.classCount {
            var removed = readout(traces)
            removed.remove(classIndex: from)
            #expect(
                tensors(removed) == tensors(readout(traces.filter { $0.classIndex != from })),
                "seed \(seed), class \(from)")
            #expect(!removed.hasLearned(from))
            removed.remove(classIndex: from)
            // Blocks that were let go are used again.
            for trace in traces where trace.classIndex == from { learn(&removed, trace) }
            #expect(tensors(removed) == tensors(readout(traces)), "seed \(seed), class \(from)")
            for to in 0..<Self.classCount {
                var merged = readout(traces)
                merged.merge(from, into: to)
                var direct = readout([])
                for trace in traces {
                    learn(&direct, trace, as: trace.classIndex == from ? to : trace.classIndex)
                }
                #expect(tensors(merged) == tensors(direct), "seed \(seed), \(from) into \(to)")
                for trace in traces.prefix(5) {
                    #expect(scores(merged, trace, without: false) == scores(direct, trace, without: false))
                }
            }
        }
    }

    @Test("Log-odds by codebook add up to the difference of scores", arguments: Gaussians.seeds)
    func logOdds(seed: UInt64) {
        for neighbours in [1, 2] {
            let traces = traces(seed, count: 60, neighbours: neighbours)
            let readout = readout(traces)
            for trace in traces.prefix(10) {
                let scores = scores(readout, trace, without: false).map { Float(bitPattern: $0) }
                for a in 0..<Self.classCount {
                    for b in 0..<Self.classCount {
                        let odds = trace.codes.withUnsafeBufferPointer {
                            readout.logOdds($0, of: a, against: b)
                        }
                        #expect(odds.count == Self.codebooks)
                        #expect(abs(odds.reduce(0, +) - (scores[a] - scores[b])) < 1e-3, "seed \(seed)")
                    }
                }
            }
        }
    }

    // MARK: - Fading

    /// Other traces, that touch no key of the first.
    private func filler(_ classIndex: Int) -> Trace {
        Trace(codes: [UInt16](repeating: 4, count: Self.codebooks), classIndex: classIndex, weight: 1)
    }

    private func count(_ readout: CountReadout, key: Int) -> Double { Double(readout.uses()[key]) / 16 }

    @Test(
        "Counts halve after every half-life, and are gone in the end", arguments: [1, 4, 8, 12, 15, 80, 100])
    func halves(halfLife: Int) {
        for weight in [100, 1_000] {
            var readout = CountReadout(
                codebooks: Self.codebooks, keys: Self.keys, smoothing: 0.1, halfLife: halfLife)
            let first = Trace(codes: [0, 0, 0, 0, 0, 0], classIndex: 0, weight: weight)
            learn(&readout, first)
            // The first trace counts towards the half-life too.
            for number in 1..<(3 * halfLife) {
                learn(&readout, filler(1))
                guard (number + 1) % halfLife == 0 else { continue }
                let expected = Double(weight) / Double(1 << ((number + 1) / halfLife))
                // Fading comes in eighths, where the half-life is no multiple of eight it lags by less than one.
                let lag = halfLife % 8 == 0 ? 1.02 : 1.1
                #expect(
                    count(readout, key: 0) >= expected / 1.02 - 0.3
                        && count(readout, key: 0) <= expected * lag + 0.3,
                    "half-life \(halfLife), after \(number + 1): \(count(readout, key: 0)), not \(expected)")
            }
            for _ in 0..<(30 * halfLife) { learn(&readout, filler(1)) }
            #expect(count(readout, key: 0) == 0, "half-life \(halfLife)")
            #expect(!readout.hasLearned(0), "half-life \(halfLife)")
            #expect(readout.hasLearned(1))
            #expect(scores(readout, first, without: false)[0] == (-Float.infinity).bitPattern)
        }
    }

    @Test("Fading counts are never negative and go on the same from a snapshot", arguments: Gaussians.seeds)
    func fadingRestored(seed: UInt64) throws {
        let traces = traces(seed, count: 400, neighbours: 2)
        for halfLife in [3, 16, 50] {
            var readout = readout(traces.prefix(137), halfLife: halfLife)
            let file = try Safetensors(bytes: Safetensors(tensors: tensors(readout)).encoded())
            var restored = self.readout([], halfLife: halfLife)
            try restored.restore(file, classOfRank: Array(0..<Self.classCount))
            for trace in traces.dropFirst(137) {
                #expect(scores(readout, trace, without: false) == scores(restored, trace, without: false))
                #expect(scores(readout, trace, without: true).allSatisfy { !Float(bitPattern: $0).isNaN })
                learn(&readout, trace)
                learn(&restored, trace)
            }
            #expect(tensors(readout) == tensors(restored), "seed \(seed), half-life \(halfLife)")
            #expect(readout.pairCount == restored.pairCount)
            for index in 0..<Self.classCount { readout.remove(classIndex: index) }
            #expect(readout.pairCount == 0, "seed \(seed), half-life \(halfLife)")
        }
    }

    @Test("What fades cannot be taken back, and says so")
    func fadingRefused() {
        let trace = traces(1, count: 1)[0]
        var readout = readout([trace], halfLife: 100)
        let before = tensors(readout)
        let error = #expect(throws: MemoryError.self) {
            try trace.codes.withUnsafeBufferPointer {
                try readout.unlearn($0, classIndex: trace.classIndex, weight: trace.weight)
            }
        }
        #expect(error?.code == .unlearning)
        #expect(error?.message.contains("memory.halfLife") == true)
        #expect(tensors(readout) == before)
    }
}
