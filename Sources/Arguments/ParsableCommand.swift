import Foundation

/// A command of a program: what stands on its command line, and what it does.
///
/// Overview of the module. A command declares its options, flags and arguments as properties; from them come the
/// parser, the help, the messages on wrong use and the completions of shells.
///
/// ```swift
/// @main struct Resize: ParsableCommand {
///     static let configuration = CommandConfiguration(
///         abstract: "Resize pictures.", version: "1.0")
///
///     @Argument(help: "The picture.") var file: String
///     @Option(name: .shortAndLong, help: "The width in pixels.") var width = 640
///     @Flag(help: "Say what is done.") var verbose = false
///
///     func validate() throws {
///         guard width > 0 else { throw ValidationError("--width must be 1 or more") }
///     }
///
///     func run() throws { … }
/// }
/// ```
///
/// What a user may write:
///
/// - `--width 5`, `--width=5`, `-w 5`, `-w5` and `-w=5`; `-vw5` is `-v -w 5`. Options stand before, between or after
///   arguments.
/// - `--` ends the options: what follows is arguments, even if it begins with a hyphen. `-` alone is a value.
/// - A word that begins with a hyphen is no value, but for negative numbers where a number is expected.
/// - Of an option that is given twice the last counts, unless its property is an array: that takes all.
/// - `--help` and `-h` win over everything else, mistakes included; then comes `--version`.
/// - `program help command`, as well as `program command --help`.
/// - `program --generate-completion-script bash`, `zsh` or `fish` prints a script for the shell.
///
/// A command with subcommands has no options of its own. Exit codes are 0 for help and version, 64 for wrong use, the
/// code of an ``ExitCode`` that is thrown, and 1 for any other error, which is written to standard error. SIGPIPE is
/// ignored: a write to a pipe that nobody reads fails instead.
///
/// Help is as wide as `COLUMNS` says, else as the terminal, else 80; at least 40 and at most 110. Paragraphs of a
/// discussion are wrapped; its lines that begin with two spaces are examples and stay as they are.
public protocol ParsableCommand: ParsableArguments {
    /// Name, texts and subcommands.
    static var configuration: CommandConfiguration { get }

    /// Does the command's work, after all properties are set and ``ParsableArguments/validate()`` has passed.
    ///
    /// Without an implementation the command prints its help, as one with subcommands does.
    ///
    /// - Throws: ``ValidationError`` for wrong use, ``ExitCode`` to end with it silently, or any other error, whose
    ///   text is printed before the program ends with 1.
    func run() throws
}

extension ParsableCommand {
    /// No texts, no subcommands, and a name made from the type's.
    public static var configuration: CommandConfiguration { CommandConfiguration() }

    /// Prints the help.
    public func run() throws { throw HelpRequest() }

    /// Does what the program's command line says. Returns if that succeeded, else ends the program.
    public static func main() {
        // Who reads the output may go at any time. That is for what writes to hear of, which then ends as it should.
        signal(SIGPIPE, SIG_IGN)
        let program = Program(root: CommandNode(Self.self), columns: OutputWidth.columns(of:))
        let code = program.respond(to: Array(CommandLine.arguments.dropFirst())).write()
        if code != .success { exit(code.rawValue) }
    }
}
