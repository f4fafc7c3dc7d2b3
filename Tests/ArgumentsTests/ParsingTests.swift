import Arguments
import Testing

struct ParsingTests {
    @Test func leavesDefaults() throws {
        let add = try Pack.parse(["add", "a.txt"])
        #expect(add.source == "a.txt")
        #expect(add.newName == nil)
        #expect(add.level == 6)
        #expect(add.limit == 1 << 40)
        #expect(add.saving == nil)
        #expect(add.order == .asIs)
        #expect(add.methods == [.store, .deflate])
        #expect(add.tag == [])
        #expect(add.timeShift == nil)
        #expect(!add.verbose)
        #expect(add.store.file == "files.pack")
        #expect(add.store.key == nil)
    }

    @Test func setsEverything() throws {
        let add = try Pack.parse([
            "add", "--level=3", "a.txt", "--limit", "18446744073709551615", "--saving", "0.25", "b.txt",
            "--order",
            "random", "--methods", "zstd", "lzma", "--tag", "a:b", "--tag=c=d", "--time-shift", "-60",
            "--verbose",
            "--file", "other.pack", "--key=",
        ])
        #expect(add.source == "a.txt")
        #expect(add.newName == "b.txt")
        #expect(add.level == 3)
        #expect(add.limit == .max)
        #expect(add.saving == 0.25)
        #expect(add.order == .random)
        #expect(add.methods == [.zstd, .lzma])
        #expect(add.tag == ["a:b", "c=d"])
        #expect(add.timeShift == -60)
        #expect(add.verbose)
        #expect(!add.quiet)
        #expect(add.store.file == "other.pack")
        #expect(add.store.key == "")
    }

    @Test(arguments: [
        ["-l", "3"], ["-l3"], ["-l=3"], ["-vl3"], ["-vl", "3"], ["-vql=3"], ["-v", "-l", "3", "-q"],
    ])
    func takesShortNames(words: [String]) throws {
        let add = try Pack.parse(["add", "a.txt"] + words)
        #expect(add.level == 3)
        #expect(add.newName == nil)
        #expect(add.verbose == words.contains { $0.hasPrefix("-v") })
        #expect(add.quiet == words.contains { $0.contains("q") })
    }

    @Test func takesTheLastOfAnOptionGivenTwice() throws {
        #expect(try Pack.parse(["add", "a", "--level", "1", "-l2", "--level=3"]).level == 3)
        #expect(
            try Pack.parse(["add", "a", "--methods", "zstd", "-v", "--methods", "lzma"]).methods == [
                .zstd, .lzma,
            ])
        // The others must be right, too.
        #expect(Pack.respond("add a --level x --level 3").code == .validationFailure)
    }

    @Test func endsOptionsAtTwoHyphens() throws {
        let add = try Pack.parse(["add", "-v", "--", "--level", "-v"])
        #expect(add.source == "--level")
        #expect(add.newName == "-v")
        #expect(try Pack.parse(["add", "--methods", "zstd", "--", "a"]).source == "a")
        #expect(try Pack.parse(["add", "--", "--"]).source == "--")
    }

    @Test func takesAHyphenAsAValue() throws {
        let add = try Pack.parse(["add", "-", "--file", "-"])
        #expect(add.source == "-")
        #expect(add.store.file == "-")
    }

    @Test func takesNegativeNumbersWhereNumbersAre() throws {
        #expect(try Pack.parse(["add", "a", "--saving", "-1.5"]).saving == -1.5)
        #expect(try Pack.parse(["add", "a", "--level", "-3"]).level == -3)
        #expect(try Pack.parse(["list", "--column", "x", "-4"], as: Pack.ListFiles.self).depth == -4)
        #expect(Pack.respond("add a --file -3").text.hasPrefix("Error: Missing value for '--file <file>'"))
        #expect(Pack.respond("add -3").text.hasPrefix("Error: Unknown option '-3'"))
    }

    @Test func takesEmptyWords() throws {
        let add = try Pack.parse(["add", "", "--tag", "", "--tag="])
        #expect(add.source == "")
        #expect(add.tag == ["", ""])
    }

    @Test func goesToTheDefaultSubcommand() throws {
        #expect(try !Pack.parse(["remote"], as: Pack.Fetch.self).all)
        #expect(try Pack.parse(["remote", "--all"], as: Pack.Fetch.self).all)
        #expect(try Pack.parse(["remote", "fetch", "--all"], as: Pack.Fetch.self).all)
        #expect(try Pack.parse(["remote", "push", "x"], as: Pack.Push.self).pack == "x")
    }

    @Test func makesNamesWithHyphens() {
        #expect(Declaration.hyphenated("keyDimension") == "key-dimension")
        #expect(Declaration.hyphenated("ReadFile") == "read-file")
        #expect(Declaration.hyphenated("jsonURLPath") == "json-url-path")
        #expect(Declaration.hyphenated("x") == "x")
        #expect(Declaration.hyphenated("") == "")
        #expect(CommandNode(Pack.Fetch.self).name == "fetch")
    }
}
