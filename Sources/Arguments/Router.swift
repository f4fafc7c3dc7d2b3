import Text

/// Finds the command that a command line names.
package enum Router {
    /// What the words after the program's name ask for.
    package static func route(_ words: [String], from root: CommandNode) -> Outcome {
        if let outcome = completions(words, root) { return outcome }
        var node = root
        var rest = words[...]
        while true {
            let children = node.children
            guard !children.isEmpty else { return Parser.parse(Array(rest), for: node) }
            guard let word = rest.first else {
                guard let child = node.defaultChild else { return Parser.parse([], for: node) }
                node = child
                continue
            }
            if Parameter.help.names.contains(word.asWord) { return .help(node) }
            if Parameter.version.names.contains(word.asWord), !node.version.isEmpty {
                return .version(node.version)
            }
            if word.asWord == "help" { return help(rest.dropFirst(), at: node) }
            if let child = children.first(where: { $0.name == word.asWord }) {
                node = child
                rest.removeFirst()
            } else if let child = node.defaultChild, fits(word, child) {
                node = child
            } else if rest.prefix(while: { $0.asWord != "--" }).contains(where: {
                Parameter.help.names.contains($0.asWord)
            }) {
                return .help(node)
            } else {
                return failure(word, node)
            }
        }
    }

    /// Whether the word may belong to a command that was not named.
    private static func fits(_ word: String, _ child: CommandNode) -> Bool {
        word.hasPrefix("-") || !child.configuration.subcommands.isEmpty
            || child.parameters.contains { $0.kind == .argument }
    }

    /// `program help command`.
    private static func help(_ words: ArraySlice<String>, at start: CommandNode) -> Outcome {
        var node = start
        for word in words where !Parameter.help.names.contains(word.asWord) && word.asWord != "help" {
            guard let child = node.children.first(where: { $0.name == word.asWord }) else {
                return failure(word, node)
            }
            node = child
        }
        return .help(node)
    }

    private static func failure(_ word: String, _ node: CommandNode) -> Outcome {
        let known = node.children.map(\.name) + (node.children.isEmpty ? [] : ["help"])
        let names = known + node.standardParameters.flatMap(\.names)
        return .failure(
            word.hasPrefix("-")
                ? .unknownOption(word, known: names) : .unexpected([word], known: names), node)
    }

    /// `program --generate-completion-script shell`.
    private static func completions(_ words: [String], _ root: CommandNode) -> Outcome? {
        let parameter = Parameter.completions
        let name = parameter.names[0]
        guard let first = words.first else { return nil }
        var value: String?
        if first.asWord == name {
            value = words.dropFirst().first
        } else if first.hasPrefix(name + "=") {
            value = String(first.dropFirst(name.count + 1))
        } else {
            return nil
        }
        guard let value else { return .failure(.missingValue(of: parameter, as: name), root) }
        guard let shell = CompletionShell(rawValue: value.asWord) else {
            return .failure(.invalidValue(value, of: parameter, as: name), root)
        }
        return .completions(shell)
    }
}
