import Foundation
import Text

/// A program with its commands.
package struct Program {
    /// Messages of commands are cut after so many scalars.
    private static let longestMessage = 4_000

    package let root: CommandNode
    /// The width of what is written to a file descriptor.
    let columns: (Int32) -> Int

    package init(root: CommandNode, columns: @escaping (Int32) -> Int) {
        self.root = root
        self.columns = columns
    }

    /// Does what the words after the program's name ask for. What commands print themselves is not in the response.
    package func respond(to words: [String]) -> Response {
        switch Router.route(words, from: root) {
        case .help(let node): help(of: node)
        case .version(let version): Response(code: .success, text: version)
        case .completions(let shell): Response(code: .success, text: shell.script(for: root))
        case .failure(let error, let node): failure(error, of: node)
        case .run(let command, let parts, let node): run(command, parts, node)
        }
    }

    private func run(_ command: any ParsableCommand, _ parts: [any ParsableArguments], _ node: CommandNode)
        -> Response
    {
        do {
            for part in parts { try part.validate() }
            try command.run()
            return Response(code: .success)
        } catch let error as ExitCode {
            return Response(code: error)
        } catch let error as ValidationError {
            return failure(UsageError(Self.safe(error.message)), of: node)
        } catch is HelpRequest {
            return help(of: node)
        } catch {
            return Response(code: .failure, text: "Error: \(Self.safe(Self.text(of: error)))")
        }
    }

    private func help(of node: CommandNode) -> Response {
        Response(code: .success, text: HelpText(node: node, width: columns(STDOUT_FILENO)).text)
    }

    private func failure(_ error: UsageError, of node: CommandNode) -> Response {
        var lines = ["Error: \(error.message)"]
        if !error.help.isEmpty { lines.append("Help:  \(error.help)") }
        lines += UsageLine(node).lines(after: "Usage: ", width: columns(STDERR_FILENO))
        lines.append("  See '\(node.line) --help' for more information.")
        return Response(code: .validationFailure, text: lines.joined(separator: "\n"))
    }

    /// A message with nothing in it that disturbs a terminal, or that looks like a line of its own.
    private static func safe(_ message: String) -> String { message.shown(limit: longestMessage) }

    private static func text(of error: any Error) -> String {
        if let text = (error as? any LocalizedError)?.errorDescription { return text }
        // Foundation's errors describe themselves for users only here.
        if error is any CustomNSError || type(of: error) is NSError.Type { return error.localizedDescription }
        return String(describing: error)
    }
}
