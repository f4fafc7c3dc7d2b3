import Tensors

/// A set of keys: those at which something is learned.
public struct UsedKeys: Sendable, Equatable {
    /// J.
    public let keys: Int
    /// Words of 64 keys a codebook.
    private let width: Int
    /// [C][width], the bit of a key set when it is in the set.
    private var words: [UInt64]
    /// The number of keys in the set, of each codebook.
    private var counts: [Int]

    /// An empty set.
    public init(codebooks: Int, keys: Int) {
        self.keys = keys
        width = (keys + 63) / 64
        words = [UInt64](repeating: 0, count: codebooks * width)
        counts = [Int](repeating: 0, count: codebooks)
    }

    /// The same set, sharing nothing with this one.
    func copied() -> UsedKeys {
        var copy = self
        copy.words = words.copied()
        copy.counts = counts.copied()
        return copy
    }

    /// The number of keys of one codebook that are in the set.
    public func count(of codebook: Int) -> Int { counts[codebook] }

    /// The number of keys in the set.
    public var count: Int { counts.reduce(0, +) }

    /// Whether a key is in the set.
    public func contains(_ key: Int, of codebook: Int) -> Bool {
        words[codebook * width + key / 64] >> UInt64(key % 64) & 1 == 1
    }

    /// Puts a key into the set.
    public mutating func insert(_ key: Int, of codebook: Int) {
        let bit = UInt64(1) << UInt64(key % 64)
        guard words[codebook * width + key / 64] & bit == 0 else { return }
        words[codebook * width + key / 64] |= bit
        counts[codebook] += 1
    }

    /// Takes a key out of the set.
    public mutating func remove(_ key: Int, of codebook: Int) {
        let bit = UInt64(1) << UInt64(key % 64)
        guard words[codebook * width + key / 64] & bit != 0 else { return }
        words[codebook * width + key / 64] &= ~bit
        counts[codebook] -= 1
    }

    /// The bits of one codebook, key by key from the lowest.
    func withBits<R>(of codebook: Int, _ body: (UnsafePointer<UInt64>) -> R) -> R {
        words.withUnsafeBufferPointer { body($0.baseAddress! + codebook * width) }
    }
}
