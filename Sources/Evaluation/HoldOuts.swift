import Digests

/// Measures forgetting on a stream without task boundaries: per class it keeps a few labelled samples that are
/// never learned, in generations that are frozen once full, and asks for them again and again.
///
/// A class and a generation together take the place of a task. Which samples are held out follows from a hash
/// of their id, so a replay chooses the same ones and anyone can check the choice. The payload is what a
/// prediction needs, such as the codes of the frozen encoder: evaluating costs a readout, not an encoding.
///
///     var holdOuts = HoldOuts<[UInt16]>(settings: try HoldOutSettings(streamSeed: 7))
///     if holdOuts.wouldDivert(sampleID: id, classIndex: label, role: .auto) {
///         holdOuts.add(sampleID: id, classIndex: label, payload: codes)
///     } else {
///         memory.learn(codes, label)
///         holdOuts.noteLearned(classIndex: label, at: labelled)
///     }
///     if holdOuts.isDue(at: labelled) {
///         holdOuts.evaluate(at: labelled) { memory.predict($0) }
///         publish(holdOuts.report())
///     }
///
/// Memory is bounded by ``HoldOutSettings/itemLimit`` payloads. The state is a value: saving and loading it
/// changes nothing in what follows.
public struct HoldOuts<Payload: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
    /// What was set at the start. It is part of the state: another choice would measure something else.
    public let settings: HoldOutSettings
    /// The items held out now, of all classes.
    public private(set) var itemCount = 0
    /// The position of the stream at the last evaluation, in labelled samples; nil before the first.
    public private(set) var lastEvaluatedAt: Int?
    /// How many items went from right to wrong between two evaluations, since the start.
    public private(set) var flips = 0
    /// How many items went from right to wrong at the last evaluation.
    public private(set) var lastFlips = 0
    /// By class: labelled samples seen, learned and held out.
    private(set) var labelled: [Int] = []
    /// By class and partition of the stream: labelled samples seen, counted up to ``HoldOutSettings/learnedFirst``. Nil in a
    /// state that was kept before they were counted: there ``labelled`` decides.
    private var firsts: [[UInt32]]?
    /// By class: the position of its last learned sample, -1 for none.
    private(set) var lastLearnedAt: [Int] = []
    /// By class: its generations, oldest first.
    private(set) var generations: [[HoldOutGeneration]] = []
    /// By class, generation and item: the payload.
    private var payloads: [[[Payload]]] = []

    /// Nothing held out yet.
    public init(settings: HoldOutSettings) {
        self.settings = settings
        firsts = []
    }

    /// Whether the hash of a sample id falls into the held-out share: xxHash64 of the UTF-8 bytes of the id, seeded
    /// by the stream, modulo 10,000, is below 10,000 x fraction.
    public static func isHeldOut(streamSeed: UInt64, sampleID: String, fraction: Double) -> Bool {
        var id = sampleID
        let hash = id.withUTF8 { XXHash64.hash(UnsafeRawBufferPointer($0), seed: streamSeed) }
        return Double(hash % 10_000) < 10_000 * fraction
    }

    /// Whether a labelled sample is to be held out instead of learned. Changes nothing.
    ///
    /// With the role `auto`: never one of the first samples of a class in its partition, so that the choice does not depend
    /// on how the partitions' samples came to lie between each other; never once the class's current generation is
    /// full or ``HoldOutSettings/itemLimit`` is reached; but always a sample that is held out already, so that a
    /// record delivered twice is not learned the second time.
    ///
    /// - Parameter partition: that of the stream which the sample lies in, from 0.
    public func wouldDivert(
        sampleID: String, classIndex: Int, role: SampleRole, partition: Int = 0
    ) -> Bool {
        switch role {
        case .train: return false
        case .holdout: return true
        case .auto:
            guard seen(classIndex, partition) >= settings.learnedFirst,
                Self.isHeldOut(
                    streamSeed: settings.streamSeed, sampleID: sampleID, fraction: settings.fraction)
            else { return false }
            return hasRoom(classIndex) || isHeld(sampleID: sampleID, classIndex: classIndex)
        }
    }

    /// Notes that a labelled sample of a class was learned.
    ///
    /// - Parameters:
    ///   - classIndex: Its class, below ``EvaluationLimits/classes``.
    ///   - position: The labelled samples of the stream so far, the unit of every age here.
    ///   - partition: that of the stream which the sample lies in, from 0.
    public mutating func noteLearned(classIndex: Int, at position: Int, partition: Int = 0) {
        makeRoom(forClass: classIndex)
        labelled[classIndex] += 1
        noteSeen(classIndex, partition)
        lastLearnedAt[classIndex] = position
    }

    /// Holds a labelled sample out. It must not be learned.
    ///
    /// A sample that is held out already is left as it is. One forced by the role `holdout` is counted but not kept
    /// when the generation is full or ``HoldOutSettings/itemLimit`` is reached.
    ///
    /// - Returns: Whether it was kept.
    @discardableResult
    public mutating func add(
        sampleID: String, classIndex: Int, payload: Payload, partition: Int = 0
    ) -> Bool {
        makeRoom(forClass: classIndex)
        guard !isHeld(sampleID: sampleID, classIndex: classIndex) else { return false }
        let hasRoom = hasRoom(classIndex)
        let number = labelled[classIndex] / settings.generationLength
        labelled[classIndex] += 1
        noteSeen(classIndex, partition)
        guard hasRoom else { return false }
        if generations[classIndex].last?.number != number {
            generations[classIndex].append(HoldOutGeneration(number: number))
            payloads[classIndex].append([])
            thinGenerations(ofClass: classIndex)
        }
        let newest = generations[classIndex].count - 1
        generations[classIndex][newest].add(sampleID: sampleID, capacity: settings.itemsPerGeneration)
        payloads[classIndex][newest].append(payload)
        itemCount += 1
        return true
    }

    /// Deletes a sample, of whichever class. A frozen generation stays frozen with one item less.
    ///
    /// - Returns: Whether it was held out.
    @discardableResult
    public mutating func remove(sampleID: String) -> Bool {
        for classIndex in generations.indices {
            for index in generations[classIndex].indices {
                guard let item = generations[classIndex][index].remove(sampleID: sampleID) else { continue }
                payloads[classIndex][index].remove(at: item)
                itemCount -= 1
                return true
            }
        }
        return false
    }

    /// Deletes all items of a class; what is held out of it later begins a new history.
    public mutating func remove(classIndex: Int) {
        guard classIndex < generations.count else { return }
        itemCount -= generations[classIndex].reduce(0) { $0 + $1.sampleIDs.count }
        generations[classIndex] = []
        payloads[classIndex] = []
        labelled[classIndex] = 0
        firsts?[classIndex] = []
        lastLearnedAt[classIndex] = -1
    }

    /// Whether an evaluation is due: at least ``HoldOutSettings/evaluationInterval`` and at least as many labelled
    /// samples as there are items since the last, so that evaluating costs at most one readout a sample.
    public func isDue(at position: Int) -> Bool {
        itemCount > 0 && position - (lastEvaluatedAt ?? 0) >= max(settings.evaluationInterval, itemCount)
    }

    /// Asks for every held-out item and updates the last, first and peak accuracy of each class and generation.
    ///
    /// - Parameters:
    ///   - position: The labelled samples of the stream so far.
    ///   - predict: The class predicted for a payload, nil for an abstention, which is an error. It must not learn.
    public mutating func evaluate(at position: Int, predict: (Payload) -> Int?) {
        lastFlips = 0
        for classIndex in generations.indices {
            for index in generations[classIndex].indices {
                let asked = payloads[classIndex][index]
                lastFlips += generations[classIndex][index].evaluate(minimumItems: settings.minimumItems) {
                    predict(asked[$0]) == classIndex
                }
            }
        }
        flips += lastFlips
        lastEvaluatedAt = position
    }

    /// What ``report()`` would say after ``evaluate(at:predict:)``. Changes nothing, not even peaks.
    public func peek(at position: Int, predict: (Payload) -> Int?) -> HoldOutReport {
        var copy = self
        copy.evaluate(at: position, predict: predict)
        return copy.report()
    }

    /// How many labelled samples of a class a partition has had, up to ``HoldOutSettings/learnedFirst``.
    private func seen(_ classIndex: Int, _ partition: Int) -> Int {
        guard classIndex < labelled.count else { return 0 }
        guard let firsts else { return labelled[classIndex] }
        return partition < firsts[classIndex].count ? Int(firsts[classIndex][partition]) : 0
    }

    private mutating func noteSeen(_ classIndex: Int, _ partition: Int) {
        guard let firsts else { return }
        let counted = firsts[classIndex].count
        if partition >= counted {
            self.firsts?[classIndex] += repeatElement(0, count: partition + 1 - counted)
        }
        if seen(classIndex, partition) < settings.learnedFirst { self.firsts?[classIndex][partition] += 1 }
    }

    private func isHeld(sampleID: String, classIndex: Int) -> Bool {
        classIndex < generations.count
            && generations[classIndex].contains { $0.sampleIDs.contains(sampleID) }
    }

    /// Whether the current generation of a class takes another item.
    private func hasRoom(_ classIndex: Int) -> Bool {
        guard itemCount < settings.itemLimit else { return false }
        guard classIndex < generations.count, let newest = generations[classIndex].last else { return true }
        return newest.number != labelled[classIndex] / settings.generationLength || !newest.isFrozen
    }

    private mutating func makeRoom(forClass classIndex: Int) {
        // The one who maps labels to indices keeps this limit; another value here is a broken invariant.
        precondition((0..<EvaluationLimits.classes).contains(classIndex), "class index \(classIndex)")
        guard classIndex >= labelled.count else { return }
        let missing = classIndex + 1 - labelled.count
        labelled.append(contentsOf: repeatElement(0, count: missing))
        firsts?.append(contentsOf: repeatElement([], count: missing))
        lastLearnedAt.append(contentsOf: repeatElement(-1, count: missing))
        generations.append(contentsOf: repeatElement([], count: missing))
        payloads.append(contentsOf: repeatElement([], count: missing))
    }

    /// Drops a generation when there is one too many: never the first nor the newest, but the one whose absence
    /// leaves the smallest gap on a log scale of age. Of equal gaps the younger goes.
    private mutating func thinGenerations(ofClass classIndex: Int) {
        let all = generations[classIndex]
        guard all.count > settings.generationLimit, let newest = all.last?.number else { return }
        func age(_ index: Int) -> Int { newest - all[index].number + 1 }
        var dropped = 1
        // Gaps are ratios of ages, compared as products.
        for index in 2..<(all.count - 1)
        where age(index - 1) * age(dropped + 1) <= age(dropped - 1) * age(index + 1) {
            dropped = index
        }
        itemCount -= all[dropped].sampleIDs.count
        generations[classIndex].remove(at: dropped)
        payloads[classIndex].remove(at: dropped)
    }

    /// - Throws: `DecodingError`, or ``EvaluationError`` when the state contradicts itself.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        settings = try container.decode(HoldOutSettings.self, forKey: .settings)
        itemCount = try container.decode(Int.self, forKey: .itemCount)
        lastEvaluatedAt = try container.decodeIfPresent(Int.self, forKey: .lastEvaluatedAt)
        flips = try container.decode(Int.self, forKey: .flips)
        lastFlips = try container.decode(Int.self, forKey: .lastFlips)
        labelled = try container.decode([Int].self, forKey: .labelled)
        firsts = try container.decodeIfPresent([[UInt32]].self, forKey: .firsts)
        lastLearnedAt = try container.decode([Int].self, forKey: .lastLearnedAt)
        generations = try container.decode([[HoldOutGeneration]].self, forKey: .generations)
        payloads = try container.decode([[[Payload]]].self, forKey: .payloads)
        guard labelled.count <= EvaluationLimits.classes, lastLearnedAt.count == labelled.count,
            firsts.map({ $0.count == labelled.count }) ?? true,
            generations.count == labelled.count, labelled.allSatisfy({ $0 >= 0 }),
            generations.map(\.count) == payloads.map(\.count),
            zip(generations.joined(), payloads.joined()).allSatisfy({ $0.isValid(items: $1.count) }),
            payloads.joined().reduce(0, { $0 + $1.count }) == itemCount
        else {
            throw EvaluationError(
                .invalidState, "The saved hold-outs contradict themselves; load an older snapshot.")
        }
    }
}
