import Arguments
import Foundation
import Testing

/// A program that uses everything the module has.
struct Pack: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pack files.",
        discussion: """
            A paragraph that is written in two lines, the first of which is long enough to be wrapped,
            and the second not.

              pack add notes.txt --level 9      an example that is longer than any width and stays in one line, whatever comes
              pack list

            Short.
            """,
        version: "1.2.3", subcommands: [Add.self, ListFiles.self, Remote.self])

    enum Order: String, CaseIterable, ExpressibleByArgument {
        case asIs = "as-is"
        case byName = "by-name"
        case random
    }

    enum Method: String, CaseIterable, ExpressibleByArgument { case store, deflate, zstd, brotli, lzma, bzip }

    struct Store: ParsableArguments {
        @Option(name: .shortAndLong, help: "The pack.") var file = "files.pack"
        @Option(help: "Its key.") var key: String?

        func validate() throws {
            guard key != "" else { throw ValidationError("--key must not be empty") }
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a file.")

        @Argument(help: "The file to add.") var source: String
        @Argument(help: ArgumentHelp("Its new name.", valueName: "name")) var newName: String?
        @Option(name: .shortAndLong, help: "From 0 to 9.") var level = 6
        @Option(help: "Largest size.") var limit: UInt64 = 1 << 40
        @Option(help: "Least saving.") var saving: Double?
        @Option(help: "In which order.") var order = Order.asIs
        @Option(parsing: .upToNextOption, help: "What to try.") var methods = [Method.store, .deflate]
        @Option(help: ArgumentHelp("A tag; may be repeated.", valueName: "name:value")) var tag: [String] = []
        @Option(help: "A shift.") var timeShift: Int32?
        @Flag(name: .shortAndLong, help: "Say what is done.") var verbose = false
        @Flag(name: .shortAndLong, help: "Do not ask.") var quiet = false
        @OptionGroup var store: Store

        func validate() throws {
            guard (0...9).contains(level) else { throw ValidationError("--level must lie in 0...9") }
        }

        func run() throws {
            switch source {
            case "code": throw ExitCode(7)
            case "wrong": throw ValidationError("\(source) is wrong\n\u{1b}[31m")
            case "localized": throw Localized()
            case "described": throw Described()
            case "missing": _ = try FileManager.default.contentsOfDirectory(atPath: "/nonexistent")
            default: break
            }
        }
    }

    struct ListFiles: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List files.")
        @OptionGroup var store: Store
        @Option(help: "Must be given.") var column: String
        @Argument var depth = 1
        func run() throws {}
    }

    struct Remote: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Another machine's packs.", subcommands: [Fetch.self, Push.self],
            defaultSubcommand: Fetch.self)
    }

    struct Fetch: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Fetch a pack.")
        @Flag(help: "Every pack.") var all = false
        func run() throws {}
    }

    struct Push: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send a pack.")
        @Argument var pack: String
        func run() throws {}
    }

    struct Localized: LocalizedError {
        let errorDescription: String? = "the text for users"
    }

    struct Described: Error, CustomStringConvertible {
        let description = "the description"
    }
}

extension Pack {
    static func program(columns: Int = 80) -> Program {
        Program(root: CommandNode(Pack.self), columns: { _ in columns })
    }

    /// The response to words with spaces between them.
    static func respond(_ line: String, columns: Int = 80) -> Response {
        program(columns: columns).respond(to: line.split(separator: " ").map(String.init))
    }

    /// The command of a right line.
    static func parse<Command: ParsableCommand>(
        _ words: [String], as type: Command.Type = Add.self, _ location: SourceLocation = #_sourceLocation
    ) throws -> Command {
        guard case .run(let command, _, _) = Router.route(words, from: CommandNode(Pack.self)) else {
            throw Described()
        }
        return try #require(command as? Command, sourceLocation: location)
    }
}
