/// What `--help` prints.
struct HelpText {
    /// A line of a list: a name, and what is said of it.
    private struct Entry {
        let label: String
        let details: String
    }

    /// Narrower help has the texts below the names.
    private static let narrow = 60

    let node: CommandNode
    let width: Int

    var text: String {
        let parameters = node.parameters
        let arguments = parameters.filter { $0.kind == .argument }
        let options = parameters.filter { $0.kind != .argument } + node.standardParameters
        var sections = [
            overview,
            UsageLine(node).lines(after: "USAGE: ", width: width),
            list("ARGUMENTS:", arguments.map { Entry(label: $0.label, details: $0.details) }),
            list("OPTIONS:", options.map { Entry(label: $0.label, details: $0.details) }),
        ]
        let children = node.children
        if !children.isEmpty {
            let standard = node.defaultChild?.name
            sections.append(
                list(
                    "SUBCOMMANDS:",
                    children.map {
                        Entry(
                            label: $0.name + ($0.name == standard ? " (default)" : ""),
                            details: $0.configuration.abstract)
                    }))
            let path = [node.path[0], "help"] + node.path.dropFirst() + ["<subcommand>"]
            let words = ["See", "'\(path.joined(separator: " "))'", "for", "detailed", "help."]
            sections.append(TextLayout.wrap(words, width: width - 2).map { "  \($0)" })
        }
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private var overview: [String] {
        let configuration = node.configuration
        var lines: [String] = []
        if !configuration.abstract.isEmpty {
            lines = TextLayout.wrap("OVERVIEW: \(configuration.abstract)", width: width)
        }
        if !configuration.discussion.isEmpty {
            if !lines.isEmpty { lines.append("") }
            lines += TextLayout.discussion(configuration.discussion, width: width)
        }
        return lines
    }

    /// Names on the left, texts on the right, or below where a name is too long.
    private func list(_ title: String, _ entries: [Entry]) -> [String] {
        guard !entries.isEmpty else { return [] }
        let column = width < Self.narrow ? 6 : 26
        var lines = [title]
        for entry in entries {
            var label = "  \(entry.label)"
            for line in TextLayout.wrap(entry.details, width: width - column) {
                if label.count >= column {
                    lines.append(label)
                    label = ""
                }
                lines.append(label + String(repeating: " ", count: column - label.count) + line)
                label = ""
            }
            if !label.isEmpty { lines.append(label) }
        }
        return lines
    }
}
