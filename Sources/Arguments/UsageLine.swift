/// How a command is called: `resize [--width <width>] <file>`.
package struct UsageLine {
    /// With more parameters than this only the arguments and what must be given are named.
    private static let most = 12

    private let line: String
    private let items: [String]

    package init(_ node: CommandNode) {
        line = node.line
        let parameters = node.parameters
        if !node.configuration.subcommands.isEmpty {
            items = ["<subcommand>"]
        } else if parameters.count > Self.most {
            items =
                ["[<options>]"]
                + parameters.filter { $0.kind == .argument || $0.traits.isRequired }.map(\.usage)
        } else {
            items = parameters.map(\.usage)
        }
    }

    /// The lines after a title. No parameter is broken up; further lines are indented by the title's length.
    package func lines(after title: String, width: Int) -> [String] {
        let indent = String(repeating: " ", count: title.count)
        let lines = TextLayout.wrap([line] + items, width: width - title.count)
        return lines.enumerated().map { ($0 == 0 ? title : indent) + $1 }
    }
}
