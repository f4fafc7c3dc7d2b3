import Text

/// One metric at one moment.
public struct Metric: Equatable, Sendable {
    /// A number, or the reason why there is none.
    public enum Value: Equatable, Sendable {
        /// A finite number. Ratios are 0 to 1.
        case number(Double)
        /// There is no number, and why: a word of small letters, digits and underscores.
        case absent(String)
    }

    /// The reason of a value that came out as NaN or infinite.
    public static let notFinite = "not_finite"

    /// What it is.
    public let definition: MetricDefinition
    /// The values of the definition's labels, in their order.
    public let labels: [String]
    /// How it stands.
    public let value: Value

    /// A metric.
    ///
    /// - Parameters:
    ///   - definition: What it is.
    ///   - labels: As many values as the definition has labels, in their order.
    ///   - value: How it stands. A number that is not finite is absent, for ``notFinite``.
    public init(_ definition: MetricDefinition, labels: [String], value: Value) {
        precondition(
            labels.count == definition.labels.count,
            "\(definition.name) has the labels \(definition.labels), not so many as \(labels)")
        self.definition = definition
        self.labels = labels
        if case .number(let number) = value, !number.isFinite {
            self.value = .absent(Self.notFinite)
        } else {
            self.value = value
        }
    }

    /// A metric.
    ///
    /// - Parameters:
    ///   - definition: What it is.
    ///   - labels: As many values as the definition has labels, in their order.
    ///   - value: How it stands.
    public init(_ definition: MetricDefinition, _ labels: String..., value: Value) {
        self.init(definition, labels: labels, value: value)
    }

    /// The number, if there is one.
    public var number: Double? {
        if case .number(let number) = value { number } else { nil }
    }

    /// The reason of the absence, if there is no number.
    public var reason: String? {
        if case .absent(let reason) = value { reason } else { nil }
    }

    /// Whether it stands before another: by name, then by the values of the labels, each by its UTF-8.
    func precedes(_ other: Metric) -> Bool {
        let (name, otherName) = (definition.name.utf8, other.definition.name.utf8)
        guard name.elementsEqual(otherName) else { return name.lexicographicallyPrecedes(otherName) }
        return labels.lexicographicallyPrecedes(other.labels) {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }
}

extension Metric: CustomStringConvertible {
    /// A line for people: `weir_kappa{window="cumulative"} 0.5`, or `weir_unknown_threshold absent: off`.
    public var description: String {
        var line = definition.name
        if !labels.isEmpty {
            let pairs = zip(definition.labels, labels).map { name, value in
                let text = value.replacing("\\", with: #"\\"#).replacing("\"", with: #"\""#)
                return "\(name)=\"\(text.shown())\""
            }
            line += "{\(pairs.joined(separator: ","))}"
        }
        switch value {
        case .number(let number): return "\(line) \(number)"
        case .absent(let reason): return "\(line) absent: \(reason)"
        }
    }
}
