/// Durations in buckets of equal relative width: fixed memory, mergeable, percentiles within 1.6 %.
///
/// Below 64 ns every value has its bucket. Above, each doubling is cut into 32 buckets, and a percentile is given
/// as the middle of its bucket. 1920 buckets (15 KB) cover every `UInt64`.
public struct LatencyHistogram: Codable, Sendable, Equatable {
    private static let bucketCount = 1920

    /// How many durations were recorded.
    public private(set) var count: UInt64 = 0
    private var highest: UInt64 = 0
    private var buckets = [UInt64](repeating: 0, count: bucketCount)

    /// An empty histogram.
    public init() {}

    /// Adds one duration in nanoseconds. Costs O(1) and does not allocate.
    public mutating func record(nanoseconds: UInt64) {
        count += 1
        highest = Swift.max(highest, nanoseconds)
        buckets[Self.bucket(of: nanoseconds)] += 1
    }

    /// Adds what another histogram recorded.
    public mutating func merge(_ other: LatencyHistogram) {
        count += other.count
        highest = Swift.max(highest, other.highest)
        for index in buckets.indices { buckets[index] += other.buckets[index] }
    }

    /// The duration in nanoseconds that `share` of the recorded ones do not exceed.
    ///
    /// - Parameter share: 0 to 1, such as 0.99; clamped to that range.
    public func percentile(_ share: Double) -> MetricValue {
        guard count > 0 else { return .absent(.noRecordsYet) }
        let rank = Swift.max(1, (Double(count) * Swift.min(Swift.max(share, 0), 1)).rounded(.up))
        var seen: UInt64 = 0
        for index in buckets.indices {
            seen += buckets[index]
            if Double(seen) >= rank {
                return .value(Swift.min(Self.middle(ofBucket: index), Double(highest)))
            }
        }
        return .value(Double(highest))
    }

    /// The median in nanoseconds.
    public var p50: MetricValue { percentile(0.5) }
    /// The 90th percentile in nanoseconds.
    public var p90: MetricValue { percentile(0.9) }
    /// The 99th percentile in nanoseconds.
    public var p99: MetricValue { percentile(0.99) }
    /// The longest duration in nanoseconds, exact.
    public var max: MetricValue { count > 0 ? .value(Double(highest)) : .absent(.noRecordsYet) }

    /// - Throws: `DecodingError`, or ``EvaluationError`` when the buckets are not those of this version.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        count = try container.decode(UInt64.self, forKey: .count)
        highest = try container.decode(UInt64.self, forKey: .highest)
        buckets = try container.decode([UInt64].self, forKey: .buckets)
        guard buckets.count == Self.bucketCount else {
            throw EvaluationError(
                .invalidState,
                "The saved histogram has \(buckets.count) buckets, not \(Self.bucketCount); start an empty one."
            )
        }
    }

    /// Values below 64 are their own bucket; above, the top six bits and the exponent name it.
    private static func bucket(of value: UInt64) -> Int {
        guard value >= 64 else { return Int(value) }
        let shift = 58 - value.leadingZeroBitCount
        return shift * 32 + Int(value >> UInt64(shift))
    }

    private static func middle(ofBucket index: Int) -> Double {
        guard index >= 64 else { return Double(index) }
        let shift = index / 32 - 1
        let lowest = UInt64(index - shift * 32) << UInt64(shift)
        return Double(lowest) + Double((UInt64(1) << UInt64(shift)) - 1) / 2
    }
}
