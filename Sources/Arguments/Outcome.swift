/// What a command line asks for.
package enum Outcome {
    case help(CommandNode)
    case version(String)
    /// A script that completes words in a shell.
    case completions(CompletionShell)
    /// A command with its properties set, and what is to be validated before it runs.
    case run(any ParsableCommand, [any ParsableArguments], CommandNode)
    /// Something is wrong; the command's usage says how it would be right.
    case failure(UsageError, CommandNode)
}
