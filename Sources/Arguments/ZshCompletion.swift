/// The script for zsh.
struct ZshCompletion {
    let model: CompletionModel

    var script: String {
        """
        #compdef \(model.name)
        # Completion of \(model.name) for zsh. Put it into a folder of fpath as _\(model.name), or load it after compinit:
        #   source <(\(model.name) --generate-completion-script zsh)
        \(model.commands.map(function).joined(separator: "\n"))
        if [[ ${funcstack[1]} == \(model.function) ]]; then
            \(model.function) "$@"
        else
            compdef \(model.function) \(quoted(model.name))
        fi
        """
    }

    private func quoted(_ text: String) -> String { CompletionModel.quoted(text) }

    private func function(_ command: CompletionModel.Command) -> String {
        let name = CompletionModel.function(command.path)
        var lines = ["\(name)() {"]
        var rules = command.options.map(rule)
        if command.children.isEmpty {
            rules += command.arguments.map { quoted(":\(escaped($0.valueName)):\(action($0))") }
        } else {
            lines.append("    local context state state_descr line")
            lines.append("    typeset -A opt_args")
            rules += [quoted("1:subcommand:->subcommand"), quoted("*::argument:->argument")]
        }
        lines.append("    _arguments\(command.children.isEmpty ? " -s" : " -C") \\")
        lines.append(rules.map { "        \($0)" }.joined(separator: " \\\n"))
        if !command.children.isEmpty { lines += subcommands(command) }
        return (lines + ["}"]).joined(separator: "\n")
    }

    private func subcommands(_ command: CompletionModel.Command) -> [String] {
        let described = command.children.map {
            "        \(quoted("\($0.name.replacing(":", with: "\\:")):\($0.abstract)"))"
        }
        let calls = command.children.map {
            // After `help` come the subcommands once more.
            let path = $0.name == "help" ? command.path : command.path + [$0.name]
            return "            \(quoted($0.name))) \(CompletionModel.function(path)) ;;"
        }
        return ["    local -a subcommands=("] + described
            + [
                "    )", "    case $state in",
                "        subcommand) _describe -t commands subcommand subcommands ;;",
                "        argument) case $words[1] in",
            ] + calls + ["        esac ;;", "    esac"]
    }

    /// How `_arguments` is told of an option or flag.
    private func rule(_ parameter: Parameter) -> String {
        let help = "[\(escaped(parameter.help))]"
        let isOption = parameter.kind == .option
        var value = ""
        if isOption {
            value = parameter.takesMany ? ":*-*" : ""
            value += ":\(escaped(parameter.valueName)):\(action(parameter))"
        }
        // A long name may be followed by `=` and the value, a short one by the value itself.
        let names = parameter.names.map { $0 + (!isOption ? "" : $0.hasPrefix("--") ? "=" : "+") }
        let exclusions: String
        switch parameter.kind {
        case .help, .version: exclusions = "(- *)"
        default:
            exclusions = parameter.traits.isRepeated ? "*" : "(\(parameter.names.joined(separator: " ")))"
        }
        return names.map { quoted(exclusions + $0 + help + value) }.joined(separator: " ")
    }

    private func action(_ parameter: Parameter) -> String {
        switch CompletionModel.Values(parameter) {
        case .words(let words): "(\(words.joined(separator: " ")))"
        case .files: "_files"
        case .numbers: " "
        }
    }

    /// A text inside a rule.
    private func escaped(_ text: String) -> String {
        text.map { "\\:[]".contains($0) ? "\\\($0)" : "\($0)" }.joined()
    }
}
