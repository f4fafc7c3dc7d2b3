/// What a value says of an instruction, before headers and defaults are applied. Both formats end here.
struct InstructionFields {
    var kind: InstructionKind
    var id: String?
    var features: [Float]?
    var label: String?
    var weight: Int?
    /// The class that `to` or `into` names.
    var target: String?
}
