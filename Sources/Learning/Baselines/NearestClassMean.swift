/// Answers with the class whose mean is nearest by Euclidean distance. Its result does not depend on the order.
public struct NearestClassMean: Baseline {
    /// What people call it.
    public static let name = "nearest class mean"
    private let dimension: Int
    private var sums: [Double] = []
    private var counts: [Double] = []

    /// Has seen nothing.
    public init(dimension: Int) { self.dimension = dimension }

    /// The class of the nearest mean.
    public func predict(_ vector: ArraySlice<Float>) -> Int? {
        var best: (index: Int, distance: Double)?
        for index in counts.indices where counts[index] > 0 {
            var distance = 0.0
            for (d, value) in vector.enumerated() {
                let difference = Double(value) - sums[index * dimension + d] / counts[index]
                distance += difference * difference
            }
            if distance < best?.distance ?? .infinity { best = (index, distance) }
        }
        return best?.index
    }

    /// Adds a vector to its class.
    public mutating func learn(_ vector: ArraySlice<Float>, classIndex: Int) {
        while counts.count <= classIndex {
            counts.append(0)
            sums.append(contentsOf: repeatElement(0, count: dimension))
        }
        counts[classIndex] += 1
        for (d, value) in vector.enumerated() { sums[classIndex * dimension + d] += Double(value) }
    }
}
