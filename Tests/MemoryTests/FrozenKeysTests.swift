import Memory
import Tensors
import Testing

/// The frozen part: its digest, and that it is shared.
@Suite struct FrozenKeysTests {
    private func configuration(_ split: BottleneckConfiguration.Split, neighbours: Int)
        -> BottleneckConfiguration
    {
        var configuration = BottleneckConfiguration()
        (configuration.codebooks, configuration.keys, configuration.keyDimension) = (2, 3, 2)
        (configuration.split, configuration.neighbours) = (split, neighbours)
        return configuration
    }

    private let keys = (0..<12).map { Float($0) / 4 }

    private func chunks(_ keys: [Float]) throws -> Bottleneck {
        try Bottleneck(
            configuration: configuration(.chunk, neighbours: 1), projection: Projection(chunksOf: 4),
            keys: keys)
    }

    private func projected(_ keys: [Float]?) throws -> Bottleneck {
        try Bottleneck(
            configuration: configuration(.projection, neighbours: 2),
            projection: Projection(
                matrix: (0..<12).map { Float($0 - 5) / 8 }, dimension: 3, codebooks: 2, keyDimension: 2),
            keys: keys)
    }

    /// Models are named by it: another byte would give every prediction another id. Worked out apart, from the bytes
    /// that are digested.
    @Test("The digest is what it always was")
    func digest() throws {
        #expect(
            try chunks(keys).frozenHash()
                == "f6b4035c357b73e198df569c211ac7af99c1a6bfdcf987d0ff91d33c068251ab")
        #expect(
            try projected(keys).frozenHash()
                == "178a7af6fb93e4965785624d441fb2149893219d49ae114ff1f6197e8549a2d9")
        #expect(
            try projected(nil).frozenHash()
                == "85a75d9d39a9a4d5ea7de6a642dbd79839851621ca256c464cc87a0aa104f54a")
        // The second key of the first codebook is absent.
        var absent = keys
        (absent[2], absent[3]) = (.infinity, 0)
        #expect(
            try chunks(absent).frozenHash()
                == "2bcf1d14b3c5ee190a14505347485a56d5ab79796c45d5627ac8b8dbb2faf614")
    }

    @Test("All copies of a memory share one frozen part, which gives the memory's codes")
    func shared() throws {
        let memory = try projected(keys)
        var copy = memory
        let frozen = try #require(memory.frozenKeys)
        let codes = try memory.encode([1, 2, 3, -1, 0.5, 2], rows: 2)
        codes[..<4].withUnsafeBufferPointer { copy.learn($0, classIndex: 0) }
        #expect(copy.frozenKeys === frozen)
        #expect(try frozen.encode([1, 2, 3, -1, 0.5, 2], rows: 2) == codes)
        #expect(frozen.digest == memory.frozenHash() && frozen.digest == frozen.digest)
        #expect(throws: MemoryError.self) { try frozen.encode([1, 2], rows: 1) }
    }

    @Test("Keys are not given out before they are frozen")
    func unfrozen() throws {
        var memory = try projected(nil)
        #expect(memory.frozenKeys == nil && memory.codebooks == nil)
        try memory.setKeys(keys)
        #expect(memory.frozenKeys == nil && memory.codebooks != nil)
        #expect(throws: MemoryError.self) { try memory.encode([1, 2, 3], rows: 1) }
        try memory.freeze()
        #expect(memory.frozenKeys != nil)
    }

    @Test("A code fits in as many bits as the largest key needs")
    func codeBits() {
        var configuration = BottleneckConfiguration()
        for (keys, bits) in [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (256, 8), (257, 9), (65_536, 16)] {
            configuration.keys = keys
            #expect(configuration.codeBits == bits, "\(keys) keys")
        }
    }
}
