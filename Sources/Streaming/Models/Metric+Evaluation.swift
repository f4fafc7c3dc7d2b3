import Evaluation
import Messages

extension Metric {
    /// What was measured, or why it was not.
    init(_ definition: MetricDefinition, _ labels: String..., value: MetricValue) {
        switch value {
        case .value(let number): self.init(definition, labels: labels, value: .number(number))
        case .absent(let reason): self.init(definition, labels: labels, value: .absent(reason.rawValue))
        }
    }

    /// A count.
    init(_ definition: MetricDefinition, _ labels: String..., value: Int) {
        self.init(definition, labels: labels, value: .number(Double(value)))
    }

    /// A number that is not always there.
    init(_ definition: MetricDefinition, _ labels: String..., value: Double?, orAbsent reason: AbsenceReason)
    {
        self.init(
            definition, labels: labels, value: value.map { .number($0) } ?? .absent(reason.rawValue))
    }
}
