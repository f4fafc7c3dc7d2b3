import Memory
import Tensors

/// What a snapshot keeps of experts: tensors, and numbers that go into its manifest. The names are shared by all experts, and
/// the numbers' with the manifest of ``Solution``: a new one takes names that nobody has.
struct KeptParts {
    /// What the names of the tensors begin with in the file.
    let prefix: String
    /// The file, or what will go into it.
    var file = Safetensors()
    /// What is no tensor.
    var numbers: [String: KeptNumbers] = [:]

    /// A tensor, when it is there.
    subscript(name: String) -> TensorData? {
        get { file.tensors["\(prefix).\(name)"] }
        set { file.tensors["\(prefix).\(name)"] = newValue }
    }

    /// A tensor that must be there.
    ///
    /// - Throws: `SafetensorsError` when it is not.
    func tensor(_ name: String) throws -> TensorData { try file.tensor("\(prefix).\(name)") }

    /// What is wrong with parts that do not fit each other or the configuration.
    static func misfit(_ what: String) -> MemoryError {
        MemoryError(.snapshot, "the \(what) of the snapshot does not fit the configuration")
    }
}
