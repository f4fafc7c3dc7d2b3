/// What a value says of an instruction, before headers and defaults are applied. Both formats end here.
struct InstructionFields {
    var kind: InstructionKind
    var id: String?
    /// How many features there are, at the end of the vectors; nil when none were given.
    var featureCount: Int?
    var label: String?
    var weight: Int?
    /// The class that `to` or `into` names.
    var target: String?
}
