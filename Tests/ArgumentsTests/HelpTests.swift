import Arguments
import Testing

struct HelpTests {
    @Test func isAsRecordedInEightyColumns() {
        #expect(
            Pack.respond("--help").text == """
                OVERVIEW: Pack files.

                A paragraph that is written in two lines, the first of which is long enough to
                be wrapped, and the second not.

                  pack add notes.txt --level 9      an example that is longer than any width and stays in one line, whatever comes
                  pack list

                Short.

                USAGE: pack <subcommand>

                OPTIONS:
                  --version               Show the version.
                  -h, --help              Show help information.

                SUBCOMMANDS:
                  add                     Add a file.
                  list                    List files.
                  remote                  Another machine's packs.

                  See 'pack help <subcommand>' for detailed help.
                """)
        #expect(
            Pack.respond("add --help").text == """
                OVERVIEW: Add a file.

                USAGE: pack add [<options>] <source> [<name>]

                ARGUMENTS:
                  <source>                The file to add.
                  <name>                  Its new name.

                OPTIONS:
                  -l, --level <level>     From 0 to 9. (default: 6)
                  --limit <limit>         Largest size. (default: 1099511627776)
                  --saving <saving>       Least saving.
                  --order <order>         In which order. (values: as-is, by-name, random;
                                          default: as-is)
                  --methods <methods>     What to try. (values: store, deflate, zstd, brotli,
                                          lzma, bzip; default: store, deflate)
                  --tag <name:value>      A tag; may be repeated.
                  --time-shift <time-shift>
                                          A shift.
                  -v, --verbose           Say what is done.
                  -q, --quiet             Do not ask.
                  -f, --file <file>       The pack. (default: files.pack)
                  --key <key>             Its key.
                  --version               Show the version.
                  -h, --help              Show help information.
                """)
        #expect(
            Pack.respond("list --help").text == """
                OVERVIEW: List files.

                USAGE: pack list [--file <file>] [--key <key>] --column <column> [<depth>]

                ARGUMENTS:
                  <depth>                 (default: 1)

                OPTIONS:
                  -f, --file <file>       The pack. (default: files.pack)
                  --key <key>             Its key.
                  --column <column>       Must be given.
                  --version               Show the version.
                  -h, --help              Show help information.
                """)
    }

    @Test func isAsRecordedInFortyColumns() {
        #expect(
            Pack.respond("list --help", columns: 40).text == """
                OVERVIEW: List files.

                USAGE: pack list [--file <file>]
                       [--key <key>] --column <column>
                       [<depth>]

                ARGUMENTS:
                  <depth>
                      (default: 1)

                OPTIONS:
                  -f, --file <file>
                      The pack. (default: files.pack)
                  --key <key>
                      Its key.
                  --column <column>
                      Must be given.
                  --version
                      Show the version.
                  -h, --help
                      Show help information.
                """)
    }

    @Test(arguments: [40, 59, 60, 80, 100, 110])
    func fitsTheWidth(columns: Int) {
        for line in ["", "add", "list", "remote", "remote push"] {
            let help = Pack.respond("help \(line)", columns: columns).text
            for line in help.split(separator: "\n") where !line.hasPrefix("  pack add") {
                #expect(line.count <= columns, "\(line)")
            }
            #expect(!help.split(separator: "\n").contains { $0.hasSuffix(" ") })
        }
    }

    @Test func breaksTextBetweenWordsOnly() {
        #expect(TextLayout.wrap("one two three", width: 7) == ["one two", "three"])
        #expect(TextLayout.wrap("a-very-long-word is", width: 5) == ["a-very-long-word", "is"])
        #expect(TextLayout.wrap("  spaces \n and\tothers ", width: 80) == ["spaces and others"])
        #expect(TextLayout.wrap("", width: 80) == [])
        #expect(
            TextLayout.discussion("a\nb\n  example  \nc\n\n\n  d", width: 80)
                == ["a b", "  example  ", "c", "", "", "  d"])
    }

    @Test func shortensLongUsageOnly() {
        // Fetch has one option, Add thirteen parameters.
        #expect(UsageLine(CommandNode(Pack.Fetch.self)).lines(after: "", width: 80) == ["fetch [--all]"])
        #expect(
            UsageLine(CommandNode(Pack.Add.self)).lines(after: "", width: 80)
                == ["add [<options>] <source> [<name>]"])
    }
}

struct OutputWidthTests {
    @Test(arguments: [
        ("100", 60, 100), ("200", nil, 110), ("20", nil, 40), (nil, 72, 72), (nil, 300, 110), (nil, 5, 40),
        (nil, nil, 80),
        ("", 90, 90), ("0", 90, 90), ("-5", nil, 80), ("wide", nil, 80), ("99999999999999999999", nil, 80),
    ])
    func isWithinBounds(environment: String?, terminal: Int?, expected: Int) {
        #expect(OutputWidth.columns(environment: environment, terminal: terminal) == expected)
    }

    @Test func isSomethingForAnyDescriptor() {
        for descriptor: Int32 in [0, 1, 2, -1, 9_999] {
            #expect((40...110).contains(OutputWidth.columns(of: descriptor)))
        }
    }
}
