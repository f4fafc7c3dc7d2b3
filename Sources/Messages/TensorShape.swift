/// The shape of a tensor while it is read: what there is to be known of it, whatever its length.
struct TensorShape {
    /// How many axes a shape may have.
    static let rankMax = 8

    /// How many axes there are.
    private(set) var rank = 0
    /// The product of the lengths, up to ``faultyAxis``.
    private(set) var count: Int64 = 1
    /// The first axis whose length is negative or makes the tensor too large.
    private(set) var faultyAxis: Int?

    /// Adds an axis.
    mutating func append(_ length: Int64) {
        let (product, overflow) = count.multipliedReportingOverflow(by: length)
        if faultyAxis == nil {
            if length < 0 || overflow { faultyAxis = rank } else { count = product }
        }
        rank += 1
    }
}
