import Digests
import Synchronization

/// The frozen part of a bottleneck: projection and keys, and what they make of an embedding.
///
/// It never changes and knows nothing of what is learned. One object is shared by all who encode, on any core; holding
/// it keeps no table from being changed in place.
public final class FrozenKeys: Sendable {
    /// The sizes and rules.
    public let configuration: BottleneckConfiguration
    /// The map from an embedding to queries.
    public let projection: Projection
    /// The keys.
    public let codebooks: Codebooks
    /// The digest, once somebody asked for it: it reads all keys.
    private let known = Mutex<String?>(nil)

    /// Projection and keys that fit the configuration.
    init(configuration: BottleneckConfiguration, projection: Projection, codebooks: Codebooks) {
        self.configuration = configuration
        self.projection = projection
        self.codebooks = codebooks
    }

    /// D, the length of an embedding.
    public var dimension: Int { projection.dimension }

    /// The number of codes of a record: C T.
    public var codesPerRecord: Int { configuration.codesPerRecord }

    /// The SHA-256 of all that never changes: dimension, sizes, projection and keys. Two of the same digest give the
    /// same codes for the same embedding.
    public var digest: String {
        known.withLock { known in
            if let known { return known }
            let digest = Self.digest(configuration, projection, codebooks: codebooks)
            known = digest
            return digest
        }
    }

    /// The digest of these parts; without keys, that of a bottleneck that still waits for them.
    static func digest(
        _ configuration: BottleneckConfiguration, _ projection: Projection, codebooks: Codebooks?
    ) -> String {
        let hash = SHA256()
        hash.update("weir bottleneck 1")
        for size in [
            projection.dimension, configuration.codebooks, configuration.keys, configuration.keyDimension,
            configuration.neighbours,
        ] {
            hash.update(UInt64(size))
        }
        hash.update(configuration.split.rawValue)
        hash.update(projection.columns?.values ?? [])
        hash.update(codebooks?.values() ?? [])
        return hash.hexadecimal()
    }
}
