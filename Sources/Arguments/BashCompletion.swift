/// The script for bash.
struct BashCompletion {
    let model: CompletionModel

    var script: String {
        let function = model.function
        return """
            # Completion of \(model.name) for bash. Load it with:
            #   source <(\(model.name) --generate-completion-script bash)
            \(function)() {
                local current="${COMP_WORDS[COMP_CWORD]}" command=\(quoted(model.name)) option="" many="" files=""
                local word words=()
                local -i index position=0
                COMPREPLY=()
                # bash makes three words of --name=value.
                for ((index = 1; index < COMP_CWORD; index++)); do
                    [[ ${COMP_WORDS[index]} == "=" ]] || words+=("${COMP_WORDS[index]}")
                done
                [[ $current != "=" ]] || current=""
                # Which command is it, how many arguments has it, and does an option wait for its value?
                for word in ${words[@]+"${words[@]}"}; do
                    if [[ -n $option && $word != -* ]]; then
                        [[ -n $many ]] || option=""
                        continue
                    fi
                    option=""
                    case "$command $word" in
            \(steps.joined(separator: "\n"))
                        *) [[ $word == -* ]] || position+=1 ;;
                    esac
                done
                if [[ $current == -* ]]; then option="-"; fi
                words=()
                case "$command ${option:-$position}" in
            \(candidates.joined(separator: "\n"))
                esac
                if [[ -n $files ]]; then
                    compopt -o filenames 2>/dev/null
                    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
                fi
                for word in ${words[@]+"${words[@]}"}; do
                    [[ $word != "$current"* ]] || COMPREPLY+=("$word")
                done
            }
            complete -F \(function) \(quoted(model.name))
            """
    }

    private func quoted(_ text: String) -> String { CompletionModel.quoted(text) }

    /// How the words before the cursor change the state.
    private var steps: [String] {
        let steps = model.states(
            whenSubcommand: #"command="$command $word" position=0"#, help: "",
            option: #"option="$word" many="""#, many: #"option="$word" many=1"#)
        return steps.map { step in
            "            \(step.states.map(quoted).joined(separator: "|"))) \(step.action) ;;"
        }
    }

    /// What can stand in each state.
    private var candidates: [String] {
        model.commands.flatMap { command in
            var lines = [line(quoted("\(command.line) -"), .words(command.names))]
            for option in command.valued {
                lines.append(line(patterns(command, option), CompletionModel.Values(option)))
            }
            for (position, argument) in command.arguments.enumerated() {
                lines.append(line(quoted("\(command.line) \(position)"), CompletionModel.Values(argument)))
            }
            let names = command.children.isEmpty ? command.names : command.children.map(\.name)
            lines.append(line(quoted("\(command.line) ") + "[0-9]*", .words(names)))
            return lines
        }
    }

    private func patterns(_ command: CompletionModel.Command, _ option: Parameter) -> String {
        option.names.map { quoted("\(command.line) \($0)") }.joined(separator: "|")
    }

    private func line(_ pattern: String, _ values: CompletionModel.Values) -> String {
        switch values {
        case .words(let words): "        \(pattern)) words=(\(words.map(quoted).joined(separator: " "))) ;;"
        case .files: "        \(pattern)) files=1 ;;"
        case .numbers: "        \(pattern)) ;;"
        }
    }
}
