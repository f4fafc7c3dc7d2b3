/// How an option or flag is called on the command line.
public enum NameSpecification: Sendable {
    /// By the property's name: `keyDimension` is `--key-dimension`.
    case long
    /// By that, and by its first letter: `config` is `--config` and `-c`.
    case shortAndLong

    /// The names of a property with their dashes, the short one first.
    func names(for label: String) -> [String] {
        switch self {
        case .long: ["--\(label)"]
        case .shortAndLong: ["-\(label.prefix(1))", "--\(label)"]
        }
    }
}
