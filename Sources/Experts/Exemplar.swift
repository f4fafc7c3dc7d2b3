/// A real sample that is kept: prototypes point to it, and the experts are tried on it with what it taught taken
/// back.
public struct Exemplar: Sendable, Equatable {
    /// The seeded hash of the id, by which it was chosen.
    public let hash: UInt64
    /// The sample's id.
    public let id: String
    /// Where it came from, when that is known.
    public let source: SampleSource?
    /// How often it counted.
    public let weight: Int
    /// Its nearest keys, [C][T].
    public let codes: [UInt16]
    /// The embedding in whole steps of the ``FeatureScale``, [D].
    public let steps: [Int16]

    /// A sample that is kept.
    ///
    /// - Parameter hash: of ``Exemplars/hash(of:)``.
    package init(
        hash: UInt64, id: String, source: SampleSource?, weight: Int, codes: [UInt16], steps: [Int16]
    ) {
        self.hash = hash
        self.id = id
        self.source = source
        self.weight = weight
        self.codes = codes
        self.steps = steps
    }

    /// The order in which exemplars of a class are preferred: it follows from the sample alone.
    package static func precedes(_ a: Exemplar, _ b: Exemplar) -> Bool {
        if a.hash != b.hash { return a.hash < b.hash }
        if a.id != b.id { return a.id.utf8.lexicographicallyPrecedes(b.id.utf8) }
        let (x, y) = (a.source, b.source)
        if x?.partition != y?.partition { return (x?.partition ?? -1) < (y?.partition ?? -1) }
        if x?.offset != y?.offset { return (x?.offset ?? -1) < (y?.offset ?? -1) }
        if a.weight != b.weight { return a.weight < b.weight }
        if a.steps != b.steps { return a.steps.lexicographicallyPrecedes(b.steps) }
        if a.codes != b.codes { return a.codes.lexicographicallyPrecedes(b.codes) }
        return (x?.topic ?? "").utf8.lexicographicallyPrecedes((y?.topic ?? "").utf8)
    }
}
