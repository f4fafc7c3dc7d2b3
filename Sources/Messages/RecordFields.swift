/// What a value says, as a sample or as an instruction.
enum RecordFields {
    case sample(SampleFields)
    case instruction(InstructionFields)
}
