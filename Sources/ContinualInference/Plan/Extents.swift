/// A number for each axis, or one for all: `3` or `[1, 3, 3]`.
public struct Extents: Sendable, Hashable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    private let values: [Int]

    /// One number for all axes.
    public init(integerLiteral value: Int) { values = [value] }
    /// A number for each axis, time first.
    public init(arrayLiteral elements: Int...) { values = elements }
    /// A number for each axis, time first; one for all when there is one.
    public init(_ values: [Int]) { self.values = values }
    /// One number for all axes.
    public init(_ value: Int) { values = [value] }

    /// The numbers for so many axes.
    func over(_ axes: Int, _ what: String) throws -> [Int] {
        if values.count == 1 { return Array(repeating: values[0], count: axes) }
        guard values.count == axes else {
            throw ContinualError(
                .network, "\(what) has \(values.count) numbers for \(axes) axes (time first)")
        }
        return values
    }

    /// The number for time.
    var time: Int { values.first ?? 1 }
}
