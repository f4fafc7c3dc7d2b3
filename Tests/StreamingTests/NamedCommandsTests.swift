import Arguments
import Testing
import weir

/// Whatever a message, a help text or a page tells to type can be typed.
@Suite struct NamedCommandsTests {
    @Test("Each command of Weir that a text names is taken by the command line")
    func weir() throws {
        let found = try NamedCommands(/weir (?:--)?[a-z][a-z-]*(?![a-z=-])/)
        #expect(found.commands.count > 90, "\(found.commands.count)")
        let root = CommandNode(Weir.self)
        for command in found.commands {
            let words = Array(NamedCommands.words(command.text).dropFirst())
            switch Router.route(words, from: root) {
            case .help, .version, .completions: break
            // The command by its name alone, as in "`weir explain` gives the same".
            case .run where isName(words, root), .failure where isName(words, root): break
            case .run(_, let parts, _):
                #expect(throws: Never.self, "\(command)") { try parts.forEach { try $0.validate() } }
            case .failure: Issue.record("\(command) cannot be parsed")
            }
        }
        let names = root.children.map(\.name)
        let loose = found.loose.filter { text in names.contains { text.contains("weir \($0)") } }
        #expect(loose.isEmpty, "put these commands in backticks: \(loose.joined(separator: "\n"))")
    }

    private func isName(_ words: [String], _ root: CommandNode) -> Bool {
        guard case .help(let node) = Router.route(["help"] + words, from: root) else { return false }
        return node.name == words.last
    }

    /// What Kafka's programs ask for and take, as far as it is named here.
    private static let kafka: [String: (needs: Set<String>, takes: Set<String>)] = [
        "kafka-topics.sh": (
            ["--bootstrap-server"], ["--create", "--topic", "--partitions", "--list", "--if-not-exists"]
        ),
        "kafka-configs.sh": (
            ["--bootstrap-server", "--entity-type", "--entity-name"], ["--alter", "--add-config"]
        ),
        "kafka-acls.sh": (
            ["--bootstrap-server"], ["--add", "--allow-principal", "--operation", "--topic", "--group"]
        ),
    ]

    @Test("Each command of Kafka that a text names has the options that it needs, and no others")
    func kafka() throws {
        let found = try NamedCommands(/kafka-[a-z]+\.sh/)
        #expect(found.commands.count >= 6 && found.loose.isEmpty, "\(found)")
        for command in found.commands {
            // An option's name can be put in too: of a topic or a group.
            let words = NamedCommands.words(command.text.replacing(/--\\\([a-z]+\)/, with: "--topic"))
            let options = Set(words.filter { $0.hasPrefix("--") })
            guard let known = Self.kafka[words[0]] else {
                Issue.record("\(command) is of a program that this test does not know")
                continue
            }
            #expect(options.isSuperset(of: known.needs), "\(command)")
            #expect(options.subtracting(known.needs).isSubset(of: known.takes), "\(command)")
        }
    }
}
