import Evaluation
import Experts
import Memory

/// A sample as the learner sees it, beside its codes.
public struct LearnerSample: Sendable, Equatable {
    /// The sample's name, which decides whether it is held out.
    public let id: String
    /// Its label, if it has one.
    public let label: String?
    /// How often it counts.
    public let weight: Int
    /// Whether its producer wants it learned or held out.
    public let role: SampleRole

    /// The record that it came in, so that answers can point to it.
    public let source: SampleSource?

    /// A sample.
    public init(
        id: String, label: String? = nil, weight: Int = 1, role: SampleRole = .auto,
        source: SampleSource? = nil
    ) {
        self.id = id
        self.label = label
        self.weight = weight
        self.role = role
        self.source = source
    }

    /// The partition of the stream that it lies in, modulo 256, which bounds what is kept of each; 0 when it came in no
    /// record.
    var partition: Int { Int(source.map { UInt32(bitPattern: $0.partition) } ?? 0) % 256 }
}
