/// What an instruction does. The raw value is the member `do` in JSON.
enum InstructionKind: String, CaseIterable {
    case unlearn
    case deleteClass = "delete_class"
    case renameClass = "rename_class"
    case mergeClasses = "merge_classes"

    /// The members that it must have beside `do`.
    var required: [String] {
        switch self {
        case .unlearn: ["id", "x", "label"]
        case .deleteClass: ["label"]
        case .renameClass: ["label", "to"]
        case .mergeClasses: ["label", "into"]
        }
    }

    /// The members that it may have beside those.
    var optional: [String] { self == .unlearn ? ["weight"] : [] }

    /// All its members, for messages.
    var members: String { (["do"] + required + optional).joined(separator: ", ") }

    /// The names, for messages.
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
