import Text

/// An option, a flag or an argument, as parser, help and completions see it.
struct Parameter: Sendable {
    enum Kind: Sendable {
        case argument, option, flag
        /// `--help` and `--version`, which every command has.
        case help, version
    }

    let kind: Kind
    /// With their dashes, the short one first; none for an argument.
    var names: [String] = []
    var valueName = ""
    let help: String
    var traits = ValueTraits()
    /// Whether it takes all words up to the next option.
    var takesMany = false
    /// Sets the property from the words that were given.
    var assign: @Sendable ([String]) throws(InvalidWord) -> Void = { (_) throws(InvalidWord) in }

    static let help = Parameter(kind: .help, names: ["-h", "--help"], help: "Show help information.")
    static let version = Parameter(kind: .version, names: ["--version"], help: "Show the version.")
    /// Only the root command understands it, and help does not show it.
    static let completions = Parameter(
        kind: .option, names: ["--generate-completion-script"], valueName: "shell",
        help: "Print a script that completes the program's words in a shell.",
        traits: ValueTraits(allowed: CompletionShell.allCases.map(\.rawValue)))

    /// How messages call it, by one of its names: `--port <port>` or `<file>`.
    func title(as name: String? = nil) -> String {
        switch kind {
        case .argument: "<\(valueName)>"
        case .option: "\(name ?? names[names.count - 1]) <\(valueName)>"
        case .flag, .help, .version: name ?? names[names.count - 1]
        }
    }

    /// How the usage line shows it: `[--port <port>]`.
    var usage: String {
        let text = title() + (traits.isRepeated ? " ..." : "")
        return traits.isRequired ? text : "[\(text)]"
    }

    /// How the list in the help shows it: `-p, --port <port>`.
    var label: String { title(as: names.joined(separator: ", ")) }

    /// What the list in the help says of it.
    var details: String {
        let values = traits.allowed.isEmpty ? "" : "values: \(traits.allowed.joined(separator: ", "))"
        let standard = traits.defaultText.isEmpty ? "" : "default: \(traits.defaultText)"
        let notes = [values, standard].filter { !$0.isEmpty }.joined(separator: "; ")
        return notes.isEmpty ? help : "\(help) (\(notes))"
    }

    /// Whether a word can be a value of it, and is no option.
    func takes(_ word: String) -> Bool {
        !word.hasPrefix("-") || word.asWord == "-" || (traits.isNumber && Double(word) != nil)
    }
}
