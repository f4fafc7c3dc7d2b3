/// A metric, or the reason why there is none.
///
/// A metric whose denominator is 0 has no value: publishing 0 would be a lie and NaN breaks readers. A finite
/// number is a `.value`, everything else says why it is absent.
///
/// As JSON: `{"value":0.93}` or `{"absent":"no_labels_yet"}`.
public enum MetricValue: Sendable, Equatable {
    /// A finite number. Ratios are fractions, not percentages.
    case value(Double)
    /// There is no number, and why.
    case absent(AbsenceReason)

    /// The number, or nil when it is absent.
    public var number: Double? {
        if case .value(let number) = self { number } else { nil }
    }

    /// The reason of the absence, or nil when there is a number.
    public var reason: AbsenceReason? {
        if case .absent(let reason) = self { reason } else { nil }
    }

    /// `numerator / denominator`, or absent for `reason` when that is not a finite number.
    static func ratio(_ numerator: Double, _ denominator: Double, orAbsent reason: AbsenceReason)
        -> MetricValue
    {
        let quotient = numerator / denominator
        return quotient.isFinite ? .value(quotient) : .absent(reason)
    }
}

extension MetricValue: Codable {
    private enum CodingKeys: String, CodingKey {
        case value, absent
    }

    /// Reads `{"value":number}` or `{"absent":"reason_code"}`.
    ///
    /// - Throws: `DecodingError` when neither key is there or the reason is not known.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let number = try container.decodeIfPresent(Double.self, forKey: .value) {
            self = .value(number)
        } else {
            self = .absent(try container.decode(AbsenceReason.self, forKey: .absent))
        }
    }

    /// Writes `{"value":number}` or `{"absent":"reason_code"}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .value(let number): try container.encode(number, forKey: .value)
        case .absent(let reason): try container.encode(reason, forKey: .absent)
        }
    }
}
