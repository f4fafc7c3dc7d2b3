/// What can stand where on a program's command line, as completions need it.
package struct CompletionModel {
    /// What can be in the place of a value.
    enum Values: Equatable {
        case words([String])
        case files
        /// Nothing that could be listed.
        case numbers

        init(_ parameter: Parameter) {
            let traits = parameter.traits
            self = !traits.allowed.isEmpty ? .words(traits.allowed) : traits.isNumber ? .numbers : .files
        }
    }

    /// A command.
    struct Command {
        let path: [String]
        /// Its subcommands, by name and abstract, `help` included.
        let children: [(name: String, abstract: String)]
        let arguments: [Parameter]
        /// Options and flags. A command with a default subcommand has those of that one, too.
        let options: [Parameter]

        var line: String { path.joined(separator: " ") }
        /// The names of its options and flags.
        var names: [String] { options.flatMap(\.names) }
        var valued: [Parameter] { options.filter { $0.kind == .option } }
    }

    let name: String
    /// Each before those under it.
    private(set) var commands: [Command] = []

    init(_ root: CommandNode) {
        name = root.name
        add(root)
    }

    private mutating func add(_ node: CommandNode) {
        var children = node.children.map { (name: $0.name, abstract: $0.configuration.abstract) }
        if !children.isEmpty { children.append((name: "help", abstract: Parameter.help.help)) }
        let parameters = node.parameters + (node.defaultChild?.parameters ?? [])
        commands.append(
            Command(
                path: node.path, children: children,
                arguments: node.children.isEmpty ? parameters.filter { $0.kind == .argument } : [],
                options: parameters.filter { $0.kind != .argument } + node.standardParameters))
        node.children.forEach { add($0) }
    }

    /// The states that words change, by how: `weir demo` becomes the command, `weir help` stays where it is, after
    /// `--count` of `weir tail` comes a value and after others come many.
    func states(whenSubcommand: String, help: String, option: String, many: String) -> [(
        states: [String], action: String
    )] {
        func states(_ words: (Command) -> [String]) -> [String] {
            commands.flatMap { command in words(command).map { "\(command.line) \($0)" } }
        }
        let all = [
            (states: states { $0.children.map(\.name).filter { $0 != "help" } }, action: whenSubcommand),
            (states: states { $0.children.isEmpty ? [] : ["help"] }, action: help),
            (states: states { $0.valued.filter { !$0.takesMany }.flatMap(\.names) }, action: option),
            (states: states { $0.valued.filter(\.takesMany).flatMap(\.names) }, action: many),
        ]
        return all.filter { !$0.states.isEmpty }
    }

    /// The name of the shell's function, with letters, digits and `_` only.
    var function: String { Self.function([name]) }

    /// The name of the function of a command.
    package static func function(_ path: [String]) -> String {
        let name = path.joined(separator: "_")
        return "_" + name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }.joined()
    }

    /// A text as one word of bash or zsh.
    package static func quoted(_ text: String) -> String {
        "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
    }
}
