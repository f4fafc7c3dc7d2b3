/// Which labelled samples are held out, how many, and when they are evaluated.
public struct HoldOutSettings: Codable, Sendable, Equatable {
    /// Seeds the choice, so that two streams with the same ids hold out different samples.
    public let streamSeed: UInt64
    /// The share of the labelled samples to hold out while a generation fills, 0 to 1.
    public let fraction: Double
    /// The first labelled samples of a class that are always learned.
    public let learnedFirst: Int
    /// The items of a class and generation; at this many it is frozen.
    public let itemsPerGeneration: Int
    /// A class opens a new generation each time it has seen this many labelled samples.
    public let generationLength: Int
    /// The generations a class keeps: the first, the newest and log-spaced ones between.
    public let generationLimit: Int
    /// The items of a generation from which a measured accuracy counts for peak, first and forgetting.
    public let minimumItems: Int
    /// A class is at rest when its last learned sample is older than this many labelled samples.
    public let restAfter: Int
    /// The labelled samples between two evaluations; more when there are more items than this.
    public let evaluationInterval: Int
    /// The items of all classes together. Once they are reached nothing more is held out by hash.
    public let itemLimit: Int

    /// - Throws: ``EvaluationError`` naming the setting that is out of its range.
    public init(
        streamSeed: UInt64, fraction: Double = 0.1, learnedFirst: Int = 3, itemsPerGeneration: Int = 20,
        generationLength: Int = 10_000, generationLimit: Int = 4, minimumItems: Int = 5,
        restAfter: Int = 500, evaluationInterval: Int = 500, itemLimit: Int = 20_000
    ) throws(EvaluationError) {
        self.streamSeed = streamSeed
        self.fraction = fraction
        self.learnedFirst = learnedFirst
        self.itemsPerGeneration = itemsPerGeneration
        self.generationLength = generationLength
        self.generationLimit = generationLimit
        self.minimumItems = minimumItems
        self.restAfter = restAfter
        self.evaluationInterval = evaluationInterval
        self.itemLimit = itemLimit
        guard (0...1).contains(fraction) else {
            throw EvaluationError(.invalidSetting, "The hold-out fraction is \(fraction); give 0 to 1.")
        }
        try Self.check("learnedFirst", learnedFirst, in: 0...1_000_000_000)
        try Self.check("itemsPerGeneration", itemsPerGeneration, in: 1...10_000)
        try Self.check("generationLength", generationLength, in: 1...1_000_000_000)
        // The first and the newest are always kept.
        try Self.check("generationLimit", generationLimit, in: 2...64)
        try Self.check("minimumItems", minimumItems, in: 1...itemsPerGeneration)
        try Self.check("restAfter", restAfter, in: 0...1_000_000_000)
        try Self.check("evaluationInterval", evaluationInterval, in: 1...1_000_000_000)
        try Self.check("itemLimit", itemLimit, in: 0...10_000_000)
    }

    private static func check(
        _ name: String, _ value: Int, in range: ClosedRange<Int>
    ) throws(EvaluationError) {
        guard range.contains(value) else {
            throw EvaluationError(
                .invalidSetting,
                "The hold-out setting \(name) is \(value); give \(range.lowerBound) to \(range.upperBound).")
        }
    }

    /// - Throws: `DecodingError`, or ``EvaluationError`` naming the setting that is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func integer(_ key: CodingKeys) throws -> Int { try container.decode(Int.self, forKey: key) }
        try self.init(
            streamSeed: container.decode(UInt64.self, forKey: .streamSeed),
            fraction: container.decode(Double.self, forKey: .fraction),
            learnedFirst: integer(.learnedFirst), itemsPerGeneration: integer(.itemsPerGeneration),
            generationLength: integer(.generationLength), generationLimit: integer(.generationLimit),
            minimumItems: integer(.minimumItems), restAfter: integer(.restAfter),
            evaluationInterval: integer(.evaluationInterval), itemLimit: integer(.itemLimit))
    }
}
