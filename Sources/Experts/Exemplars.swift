import Digests

/// Some real samples of every class, the same ones in whatever order the stream came: those whose ids have the
/// smallest seeded hashes.
///
/// A sample that is taken back leaves a gap where another had to give way to it; the next samples fill it.
public struct Exemplars: Sendable, Equatable {
    /// The largest number of exemplars of all classes together.
    public static let totalLimit = 20_000
    /// The largest number of bytes that codes and steps of all exemplars take.
    public static let byteLimit = 128 << 20

    /// The largest number of exemplars of one class.
    public let perClass: Int
    private let seed: UInt64
    private let total: Int
    /// By class: in order of preference.
    public private(set) var byClass: [[Exemplar]] = []
    /// The number of classes that ever had one; the room for each shrinks as it grows.
    private var opened = 0

    /// None yet.
    ///
    /// - Parameter bytesEach: the size of an exemplar's codes and steps.
    package init(perClass: Int, bytesEach: Int, seed: UInt64) {
        self.perClass = perClass
        self.seed = seed
        total = max(1, min(Self.totalLimit, Self.byteLimit / max(1, bytesEach)))
    }

    /// The number of exemplars.
    public var count: Int { byClass.reduce(0) { $0 + $1.count } }

    /// How many of a class are kept now.
    private var room: Int { max(1, min(perClass, total / max(1, opened))) }

    /// The hash that decides about a sample.
    package func hash(of id: String) -> UInt64 {
        var id = id
        return id.withUTF8 { XXHash64.hash(UnsafeRawBufferPointer($0), seed: seed) }
    }

    /// Whether a sample with this hash may be kept, before it is made.
    package func mayKeep(hash: UInt64, classIndex: Int) -> Bool {
        guard classIndex < byClass.count, let last = byClass[classIndex].last else { return true }
        return byClass[classIndex].count < room || hash <= last.hash
    }

    /// Keeps an exemplar if it belongs to the preferred ones of its class.
    package mutating func add(_ exemplar: Exemplar, classIndex: Int) {
        while byClass.count <= classIndex { byClass.append([]) }
        if byClass[classIndex].isEmpty {
            let before = room
            opened += 1
            if room < before { trim() }
        }
        let place = byClass[classIndex].firstIndex { Exemplar.precedes(exemplar, $0) }
        byClass[classIndex].insert(exemplar, at: place ?? byClass[classIndex].count)
        if byClass[classIndex].count > room { byClass[classIndex].removeLast() }
    }

    /// Takes an exemplar out.
    ///
    /// - Returns: whether it was kept.
    @discardableResult
    package mutating func remove(id: String, weight: Int, steps: [Int16], classIndex: Int) -> Bool {
        guard classIndex < byClass.count,
            let place = byClass[classIndex].firstIndex(where: {
                $0.id == id && $0.weight == weight && $0.steps == steps
            })
        else { return false }
        byClass[classIndex].remove(at: place)
        if byClass[classIndex].isEmpty { opened -= 1 }
        return true
    }

    /// Lets all exemplars of a class go.
    package mutating func remove(classIndex: Int) {
        guard classIndex < byClass.count, !byClass[classIndex].isEmpty else { return }
        byClass[classIndex] = []
        opened -= 1
    }

    /// Hands the exemplars of one class to another, which keeps the preferred ones of both.
    package mutating func merge(_ classIndex: Int, into other: Int) {
        guard classIndex != other, classIndex < byClass.count, !byClass[classIndex].isEmpty else { return }
        while byClass.count <= other { byClass.append([]) }
        if !byClass[other].isEmpty { opened -= 1 }
        byClass[other] = (byClass[other] + byClass[classIndex]).sorted(by: Exemplar.precedes)
        byClass[classIndex] = []
        trim()
    }

    private mutating func trim() {
        let room = room
        for index in byClass.indices where byClass[index].count > room {
            byClass[index].removeLast(byClass[index].count - room)
        }
    }

    /// Exemplars as they were.
    init(byClass: [[Exemplar]], perClass: Int, bytesEach: Int, seed: UInt64) {
        self.init(perClass: perClass, bytesEach: bytesEach, seed: seed)
        self.byClass = byClass
        opened = byClass.count { !$0.isEmpty }
    }
}
