import Tensors

/// The data of the paper's toy (Träuble et al., ICML 2023, Figure 2): eight classes in the unit square, learned
/// two at a time in four tasks.
public struct ToyTasks: Sendable {
    /// Labelled points.
    public struct Samples: Sendable, Equatable {
        /// [rows][2], x and y.
        public let points: [Float]
        /// [rows], each 0..<``ToyTasks/classes``.
        public let classes: [Int]

        /// Points with their classes.
        ///
        /// - Precondition: there are two coordinates for each class.
        public init(points: [Float], classes: [Int]) {
            precondition(points.count == classes.count * ToyTasks.dimension, "a point has two coordinates")
            self.points = points
            self.classes = classes
        }

        /// The part of predictions that are right.
        ///
        /// - Parameter predictions: [rows].
        public func accuracy(of predictions: [Int]) -> Double {
            Double(zip(predictions, classes).count { $0 == $1 }) / Double(classes.count)
        }
    }

    /// The coordinates of a point.
    public static let dimension = 2
    /// The classes of each task.
    public static let classesOfTask = [[0, 4], [1, 5], [2, 6], [3, 7]]
    /// The middle of each class.
    public static let centres: [(x: Double, y: Double)] = [
        (0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75),
        (0.75, 0.5), (0.5, 0.75), (0.25, 0.5), (0.5, 0.25),
    ]
    /// The number of classes.
    public static let classes = centres.count
    /// The standard deviation of both coordinates about their middle.
    public static let deviation = 0.035
    /// The points of a task that are learned.
    public static let trainingCount = 100
    /// The points of a task that are asked.
    public static let testCount = 500

    /// What each task teaches.
    public let training: [Samples]
    /// What each task is asked.
    public let test: [Samples]

    /// The tasks of a seed.
    public init(seed: UInt64) {
        var random = RandomGenerator(seed: seed)
        training = Self.classesOfTask.map { Self.draw(Self.trainingCount, of: $0, random: &random) }
        test = Self.classesOfTask.map { Self.draw(Self.testCount, of: $0, random: &random) }
    }

    private static func draw(
        _ count: Int, of choices: [Int], random: inout RandomGenerator
    ) -> Samples {
        var points: [Float] = []
        var classes: [Int] = []
        for _ in 0..<count {
            let classIndex = choices[random.below(choices.count)]
            classes.append(classIndex)
            let centre = centres[classIndex]
            points.append(Float(centre.x + deviation * random.normal()))
            points.append(Float(centre.y + deviation * random.normal()))
        }
        return Samples(points: points, classes: classes)
    }
}
