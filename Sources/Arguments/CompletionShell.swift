/// A shell that words can be completed in.
package enum CompletionShell: String, CaseIterable {
    case bash, zsh, fish

    /// The shell's script for a program.
    func script(for root: CommandNode) -> String {
        let model = CompletionModel(root)
        return switch self {
        case .bash: BashCompletion(model: model).script
        case .zsh: ZshCompletion(model: model).script
        case .fish: FishCompletion(model: model).script
        }
    }
}
