import Text

/// Reads the words after the name of a command that has no subcommands.
struct Parser {
    /// A word given to a parameter, by one of its names.
    private struct Given {
        let word: String
        let name: String
    }

    private let node: CommandNode
    private let command: any ParsableCommand
    private let declaration: Declaration
    private let parameters: [Parameter]
    private let words: [String]
    /// The place of the next word.
    private var next = 0
    /// What was given to each parameter.
    private var given: [[Given]]
    /// Arguments that nothing takes.
    private var unexpected: [String] = []
    /// The first mistake. Reading goes on, since help may be asked for.
    private var failure: UsageError?

    private init(_ node: CommandNode, _ words: [String]) {
        self.node = node
        self.words = words
        command = node.type.init()
        declaration = Declaration(of: command)
        parameters = declaration.parameters + node.standardParameters
        given = Array(repeating: [], count: parameters.count)
    }

    /// What the words ask of a command.
    static func parse(_ words: [String], for node: CommandNode) -> Outcome {
        var parser = Parser(node, words)
        parser.read()
        if parser.isGiven(.help) { return .help(node) }
        if parser.isGiven(.version) { return .version(node.version) }
        do throws(UsageError) {
            try parser.assign()
        } catch {
            return .failure(error, node)
        }
        return .run(parser.command, parser.declaration.parts, node)
    }

    private func isGiven(_ kind: Parameter.Kind) -> Bool {
        zip(parameters, given).contains { $0.kind == kind && !$1.isEmpty }
    }

    private mutating func read() {
        while next < words.count {
            let word = words[next]
            next += 1
            if word.asWord == "--" {
                words[next...].forEach { take(argument: $0) }
                next = words.count
            } else if word.hasPrefix("--") {
                take(long: word)
            } else if word.hasPrefix("-"), word.asWord != "-", !isNegativeArgument(word) {
                take(short: word)
            } else {
                take(argument: word)
            }
        }
    }

    /// The parameter that takes the next argument.
    private var openArgument: Int? {
        parameters.indices.first { parameters[$0].kind == .argument && given[$0].isEmpty }
    }

    private func isNegativeArgument(_ word: String) -> Bool {
        openArgument.map { parameters[$0].takes(word) } ?? false
    }

    private mutating func take(argument word: String) {
        guard let index = openArgument else { return unexpected.append(word) }
        given[index].append(Given(word: word, name: ""))
    }

    /// `--name` or `--name=value`.
    private mutating func take(long word: String) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        take(name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : nil)
    }

    /// `-n`, `-nvalue`, `-n=value` or several flags in one.
    private mutating func take(short word: String) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            let name = "-\(letter)"
            guard let index = index(of: name) else { return fail(.unknownOption(word, known: optionNames)) }
            guard parameters[index].kind == .option || letters.first == "=" else {
                given[index].append(Given(word: "", name: name))
                continue
            }
            let value = letters.first == "=" ? letters.dropFirst() : letters
            return take(name: name, value: letters.isEmpty ? nil : String(value))
        }
    }

    private mutating func take(name: String, value: String?) {
        guard let index = index(of: name) else { return fail(.unknownOption(name, known: optionNames)) }
        let parameter = parameters[index]
        guard parameter.kind == .option else {
            if let value { return fail(.unwantedValue(value, of: name)) }
            return given[index].append(Given(word: "", name: name))
        }
        if let value { return given[index].append(Given(word: value, name: name)) }
        guard next < words.count, parameter.takes(words[next]) else {
            return fail(.missingValue(of: parameter, as: name))
        }
        repeat {
            given[index].append(Given(word: words[next], name: name))
            next += 1
        } while parameter.takesMany && next < words.count && parameter.takes(words[next])
    }

    private func index(of name: String) -> Int? { parameters.firstIndex { $0.names.contains(name.asWord) } }

    private var optionNames: [String] { parameters.flatMap(\.names).filter { $0.hasPrefix("--") } }

    private mutating func fail(_ error: UsageError) { failure = failure ?? error }

    /// Sets the properties.
    private func assign() throws(UsageError) {
        if let failure { throw failure }
        for (parameter, given) in zip(parameters, given) where !given.isEmpty {
            do throws(InvalidWord) {
                try parameter.assign(given.map(\.word))
            } catch {
                let wrong = given[error.index]
                throw .invalidValue(wrong.word, of: parameter, as: wrong.name)
            }
        }
        if !unexpected.isEmpty { throw .unexpected(unexpected) }
        for (parameter, given) in zip(parameters, given) where given.isEmpty && parameter.traits.isRequired {
            throw .missingArgument(parameter)
        }
    }
}
