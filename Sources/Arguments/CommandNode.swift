/// A command at its place under the program's root.
package struct CommandNode {
    let type: any ParsableCommand.Type
    /// The names from the root to it.
    let path: [String]
    /// The root's version; empty for none.
    let version: String

    package init(_ root: any ParsableCommand.Type) {
        self.init(root, above: [], version: root.configuration.version)
    }

    private init(_ type: any ParsableCommand.Type, above: [String], version: String) {
        self.type = type
        self.version = version
        path = above + [type.configuration.commandName ?? Declaration.hyphenated("\(type)")]
    }

    package var name: String { path[path.count - 1] }
    /// The names as they are typed.
    var line: String { path.joined(separator: " ") }
    var configuration: CommandConfiguration { type.configuration }

    package var children: [CommandNode] {
        configuration.subcommands.map { CommandNode($0, above: path, version: version) }
    }

    var defaultChild: CommandNode? {
        configuration.defaultSubcommand.map { CommandNode($0, above: path, version: version) }
    }

    /// What it declares. A command with subcommands must declare nothing.
    var parameters: [Parameter] {
        let parameters = Declaration(of: type.init()).parameters
        precondition(
            parameters.isEmpty || configuration.subcommands.isEmpty,
            "\(type) has subcommands, so it can have no options of its own")
        return parameters
    }

    /// What every command has.
    var standardParameters: [Parameter] { (version.isEmpty ? [] : [.version]) + [.help] }
}
