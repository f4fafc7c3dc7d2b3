/// A mean measured on held-out items, with how sure it is.
public struct HoldOutEstimate: Codable, Sendable, Equatable {
    /// The mean, as a fraction.
    public let value: MetricValue
    /// Half the width of the 95 % interval around it, as a fraction.
    public let halfWidth95: MetricValue
    /// The items it rests on.
    public let items: Int
    /// The classes it rests on.
    public let classes: Int

    init(absent reason: AbsenceReason) {
        value = .absent(reason)
        halfWidth95 = .absent(reason)
        items = 0
        classes = 0
    }

    /// - Parameter variance: The variance of the mean.
    init(mean: Double, variance: Double, items: Int, classes: Int) {
        value = .value(mean)
        halfWidth95 = .value(1.96 * variance.squareRoot())
        self.items = items
        self.classes = classes
    }
}
