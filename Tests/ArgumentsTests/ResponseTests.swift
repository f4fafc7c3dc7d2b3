import Arguments
import Testing

struct ResponseTests {
    @Test(arguments: ["--help", "-h", "help", ""])
    func printsTheRootsHelp(line: String) {
        let response = Pack.respond(line)
        #expect(response.code == .success)
        #expect(response.text.hasPrefix("OVERVIEW: Pack files.\n"))
        #expect(response == Pack.respond("--help"))
    }

    @Test(arguments: [
        "add -h", "add a b c --help", "help add", "add --level --help", "add --unknown --help",
        "help add --help",
        "add --level x --version -h", "add -vh",
    ])
    func printsTheCommandsHelp(line: String) {
        #expect(Pack.respond(line) == Pack.respond("add --help"))
        #expect(Pack.respond(line).text.hasPrefix("OVERVIEW: Add a file.\n"))
        #expect(Pack.respond(line).code == .success)
    }

    @Test func printsTheHelpOfCommandsWithDefaults() {
        #expect(Pack.respond("remote --help").text.contains("  fetch (default)         Fetch a pack.\n"))
        #expect(Pack.respond("help remote") == Pack.respond("remote --help"))
        #expect(Pack.respond("remote help push") == Pack.respond("remote push --help"))
        #expect(Pack.respond("remote --all --help") == Pack.respond("remote fetch --help"))
        #expect(Pack.respond("remote nonsense --help") == Pack.respond("remote --help"))
    }

    @Test(arguments: ["--version", "add --version", "remote push --version", "add --unknown --version"])
    func printsTheVersion(line: String) {
        #expect(Pack.respond(line) == Response(code: .success, text: "1.2.3"))
    }

    @Test func hasNoVersionWithoutOne() {
        let program = Program(root: CommandNode(Pack.Fetch.self), columns: { _ in 80 })
        #expect(program.respond(to: ["--version"]).code == .validationFailure)
        #expect(!program.respond(to: ["--help"]).text.contains("--version"))
    }

    @Test(arguments: [
        ("ad", "Unexpected argument 'ad'. Did you mean 'add'?", "pack <subcommand>", "pack"),
        ("add", "Missing expected argument '<source>'", "pack add [<options>] <source> [<name>]", "pack add"),
        ("hlep", "Unexpected argument 'hlep'. Did you mean 'help'?", "pack <subcommand>", "pack"),
        ("help nothing", "Unexpected argument 'nothing'", "pack <subcommand>", "pack"),
        (
            "help remote psh", "Unexpected argument 'psh'. Did you mean 'push'?", "pack remote <subcommand>",
            "pack remote"
        ),
        (
            "remote fecth", "Unexpected argument 'fecth'. Did you mean 'fetch'?", "pack remote <subcommand>",
            "pack remote"
        ),
        ("--versoin", "Unknown option '--versoin'. Did you mean '--version'?", "pack <subcommand>", "pack"),
        ("version", "Unexpected argument 'version'. Did you mean '--version'?", "pack <subcommand>", "pack"),
        (
            "remote --al", "Unknown option '--al'. Did you mean '--all'?", "pack remote fetch [--all]",
            "pack remote fetch"
        ),
        ("remote push", "Missing expected argument '<pack>'", "pack remote push <pack>", "pack remote push"),
        ("remote push a b", "Unexpected argument 'b'", "pack remote push <pack>", "pack remote push"),
        (
            "remote push a b c", "2 unexpected arguments: 'b', 'c'", "pack remote push <pack>",
            "pack remote push"
        ),
        (
            "remote push a 1 2 3 4 5 6", "6 unexpected arguments: '1', '2', '3', '4', '5', …",
            "pack remote push <pack>", "pack remote push"
        ),
        (
            "remote fetch --all=1", "The option '--all' takes no value, but '1' was given",
            "pack remote fetch [--all]", "pack remote fetch"
        ),
        ("remote fetch -x", "Unknown option '-x'", "pack remote fetch [--all]", "pack remote fetch"),
    ])
    func explainsWrongUse(line: String, message: String, usage: String, command: String) {
        let response = Pack.respond(line)
        #expect(response.code == .validationFailure)
        let lines = response.text.split(separator: "\n").filter { !$0.hasPrefix("Help:") }
        #expect(
            lines == [
                "Error: \(message)", "Usage: \(usage)", "  See '\(command) --help' for more information.",
            ])
    }

    @Test(arguments: [
        (
            "add a --level x",
            "Error: The value 'x' is invalid for '--level <level>'\nHelp:  --level <level>  From 0 to 9."
        ),
        (
            "add a -l x",
            "Error: The value 'x' is invalid for '-l <level>'\nHelp:  --level <level>  From 0 to 9."
        ),
        ("add a --level", "Error: Missing value for '--level <level>'\nHelp:  --level <level>  From 0 to 9."),
        (
            "add a --limit -1",
            "Error: The value '-1' is invalid for '--limit <limit>'\nHelp:  --limit <limit>  Largest size."
        ),
        (
            "add a --order randon",
            "Error: The value 'randon' is invalid for '--order <order>'. Did you mean 'random'? Please provide one of 'as-is', 'by-name' or 'random'.\nHelp:  --order <order>  In which order."
        ),
        (
            "add a --methods zstd nothing",
            "Error: The value 'nothing' is invalid for '--methods <methods>'. Please provide one of the following:\n  - store\n  - deflate\n  - zstd\n  - brotli\n  - lzma\n  - bzip\nHelp:  --methods <methods>  What to try."
        ),
        (
            "list",
            "Error: Missing expected option '--column <column>'\nHelp:  --column <column>  Must be given."
        ),
        (
            "add a --level 10",
            "Error: --level must lie in 0...9\nUsage: pack add [<options>] <source> [<name>]"
        ),
        ("add a --key=", "Error: --key must not be empty\nUsage: pack add [<options>] <source> [<name>]"),
        // The first mistake is told.
        ("add --bad --level x", "Error: Unknown option '--bad'"),
    ])
    func explainsWrongValues(line: String, beginning: String) {
        let response = Pack.respond(line)
        #expect(response.code == .validationFailure)
        #expect(response.text.hasPrefix(beginning + "\n"))
    }

    @Test func endsAsCommandsSay() {
        #expect(Pack.respond("add fine") == Response(code: .success))
        #expect(Pack.respond("add code") == Response(code: ExitCode(7)))
        #expect(Pack.respond("add localized") == Response(code: .failure, text: "Error: the text for users"))
        #expect(Pack.respond("add described") == Response(code: .failure, text: "Error: the description"))
        let wrong = Pack.respond("add wrong")
        #expect(wrong.code == .validationFailure)
        #expect(
            wrong.text == """
                Error: wrong is wrong\\n\\u{1b}[31m
                Usage: pack add [<options>] <source> [<name>]
                  See 'pack add --help' for more information.
                """)
        let missing = Pack.respond("add missing")
        #expect(missing.code == .failure)
        #expect(!missing.text.contains("CocoaError") && !missing.text.contains("Domain="))
    }

    @Test func showsWordsHarmlessly() {
        let word = "\u{1b}[31m\u{202e}\u{200b}\n\u{7f}\u{feff}é"
        let text = Pack.program().respond(to: [word]).text
        #expect(text.contains("'\\u{1b}[31m\\u{202e}\\u{200b}\\n\\u{7f}\\u{feff}é'"))
        let long = Pack.program().respond(to: [
            "add", "a", "--level", String(repeating: "9", count: 1_000_000),
        ]).text
        #expect(long.contains("'\(String(repeating: "9", count: 100))…'"))
    }

    @Test func printsCompletionScripts() {
        for shell in ["bash", "zsh", "fish"] {
            let response = Pack.respond("--generate-completion-script \(shell)")
            #expect(response.code == .success)
            #expect(response == Pack.respond("--generate-completion-script=\(shell)"))
            for word in ["push", "time-shift", "by-name", "brotli"] { #expect(response.text.contains(word)) }
        }
        #expect(Pack.respond("--generate-completion-script").text.hasPrefix("Error: Missing value for"))
        let wrong = Pack.respond("--generate-completion-script fissh")
        #expect(wrong.code == .validationFailure)
        #expect(wrong.text.contains("Did you mean 'fish'? Please provide one of 'bash', 'zsh' or 'fish'."))
        #expect(Pack.respond("add --generate-completion-script bash").code == .validationFailure)
    }

    @Test func quotesForShells() {
        #expect(CompletionModel.quoted("a'b") == "'a'\\''b'")
        #expect(CompletionModel.quoted("'") == "''\\'''")
        #expect(CompletionModel.quoted("") == "''")
        #expect(CompletionModel.function(["weir-bench", "é"]) == "_weir_bench__")
    }
}
