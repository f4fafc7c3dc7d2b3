/// What a record of the samples topic is.
public enum SampleRecord: Equatable, Sendable {
    /// A sample, to be answered and perhaps learned.
    case sample(Sample)
    /// An instruction, to be followed at its place among the samples.
    case instruction(Instruction)

    /// The sample, or nil when it is an instruction.
    public var sample: Sample? { if case .sample(let sample) = self { sample } else { nil } }
    /// The instruction, or nil when it is a sample.
    public var instruction: Instruction? {
        if case .instruction(let instruction) = self { instruction } else { nil }
    }
}
