/// The script for fish.
struct FishCompletion {
    let model: CompletionModel

    var script: String {
        """
        # Completion of \(model.name) for fish. Load it with:
        #   \(model.name) --generate-completion-script fish | source
        # The command that is being written, then the number of its arguments or the option that takes more words.
        function \(state)
            set -l command \(quoted(model.name))
            set -l position 0
            set -l option
            set -l many
            for word in (commandline -opc)[2..-1]
                if set -q option[1]; and not string match -q -- '-*' $word
                    set -q many[1]; or set option
                    continue
                end
                set option
                set many
                switch "$command $word"
        \(steps.joined(separator: "\n"))
                    case '*'
                        string match -q -- '-*' $word; or set position (math $position + 1)
                end
            end
            set -q option[1]; and set position $option
            echo "$command $position"
        end
        complete -c \(quoted(model.name)) -f
        \(model.commands.flatMap(rules).joined(separator: "\n"))
        """
    }

    private var state: String { "_\(model.function)_state" }

    /// A text as one word of fish.
    private func quoted(_ text: String) -> String {
        "'" + text.map { "\\'".contains($0) ? "\\\($0)" : "\($0)" }.joined() + "'"
    }

    /// How the words before the cursor change the state.
    private var steps: [String] {
        let steps = model.states(
            whenSubcommand: #"set command "$command $word"; set position 0"#, help: "",
            option: "set option $word", many: "set option $word; set many 1")
        return steps.map { step in
            "            case \(step.states.map(quoted).joined(separator: " "))\n                \(step.action)"
        }
    }

    private func rules(_ command: CompletionModel.Command) -> [String] {
        var lines: [String] = []
        for child in command.children {
            let what = "-a \(quoted(child.name)) -d \(quoted(child.abstract))"
            lines.append(rule("\(command.line) 0", what))
        }
        for (position, argument) in command.arguments.enumerated() {
            lines.append(rule("\(command.line) \(position)", values(argument)))
        }
        for option in command.options {
            var what = option.names.map {
                $0.hasPrefix("--") ? "-l \($0.dropFirst(2))" : "-s \($0.dropFirst())"
            }
            if option.kind == .option { what.append("-r \(values(option))") }
            what.append("-d \(quoted(option.help))")
            lines.append(rule("\(command.line) *", what.joined(separator: " ")))
            if option.takesMany { lines.append(rule("\(command.line) \(option.names[0])", values(option))) }
        }
        return lines
    }

    private func rule(_ states: String, _ what: String) -> String {
        let condition = "string match -q -- \(quoted(states)) (\(state))"
        return "complete -c \(quoted(model.name)) -n \(quoted(condition)) \(what)"
    }

    private func values(_ parameter: Parameter) -> String {
        switch CompletionModel.Values(parameter) {
        case .words(let words): "-f -a \(quoted(words.joined(separator: " ")))"
        case .files: "-F"
        case .numbers: "-f"
        }
    }
}
