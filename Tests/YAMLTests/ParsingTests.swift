import Testing
import YAML

@Suite struct ParsingTests {
    @Test func readsSectionsListsAndScalars() throws {
        let node = try YAMLNode(
            parsing: "a: 1\nb:\n  - x\n  - 'y'\nc: {d: \"e\", f: []}\ng:\n? h\n: |\n  two\n  lines\n")
        let text = { YAMLNode(.scalar($0, isPlain: $1), mark: YAMLMark(line: $2, column: $3)) }
        let entry = { (name: String, line: Int, column: Int, value: YAMLNode) in
            YAMLNode.Entry(name: name, mark: YAMLMark(line: line, column: column), value: value)
        }
        #expect(
            node
                == YAMLNode(
                    .section([
                        entry("a", 1, 1, text("1", true, 1, 4)),
                        entry(
                            "b", 2, 1,
                            YAMLNode(
                                .list([text("x", true, 3, 5), text("y", false, 4, 5)]),
                                mark: YAMLMark(line: 3, column: 3))),
                        entry(
                            "c", 5, 1,
                            YAMLNode(
                                .section([
                                    entry("d", 5, 5, text("e", false, 5, 8)),
                                    entry(
                                        "f", 5, 13, YAMLNode(.list([]), mark: YAMLMark(line: 5, column: 16))),
                                ]), mark: YAMLMark(line: 5, column: 4))),
                        entry("g", 6, 1, text("", true, 6, 3)),
                        entry("h", 7, 3, text("two\nlines\n", false, 8, 3)),
                    ]), mark: YAMLMark(line: 1, column: 1)))
    }

    @Test(arguments: ["", "\n\n", "# nothing\n", "\u{feff}", "   "])
    func aTextWithoutValueIsAnEmptySection(text: String) throws {
        #expect(try YAMLNode(parsing: text).content == .section([]))
    }

    @Test(arguments: ["---\n", "---\n...\n", "~", "%YAML 1.1\n---\n"])
    func aDocumentWithoutValueReadsAsAnEmptySection(text: String) throws {
        #expect(try YAMLNode(parsing: text).entries() == [])
    }

    @Test func readsOneDocumentWithItsMarks() throws {
        for text in ["--- a", "a\n...\n", "%YAML 1.2\n--- a\n...\n# end\n", "\u{feff}a", "a\n...\n...\n"] {
            #expect(try YAMLNode(parsing: text).text() == "a")
        }
    }

    @Test func columnsCountCharacters() throws {
        let node = try YAMLNode(parsing: "größe😀: {ö: 1}")
        #expect(node["größe😀"]?["ö"]?.mark == YAMLMark(line: 1, column: 13))
    }

    @Test(arguments: [
        ("a: &b 1", "line 1, column 4: an anchor (&) is not read; put a text that begins with & in quotes"),
        (
            "a:\n  &b c: 1",
            "line 2, column 3: an anchor (&) is not read; put a text that begins with & in quotes"
        ),
        ("a: &b [1]", "line 1, column 4: an anchor (&) is not read; put a text that begins with & in quotes"),
        ("a: &b {}", "line 1, column 4: an anchor (&) is not read; put a text that begins with & in quotes"),
        ("a: *b", "line 1, column 4: an alias (*) is not read; put a text that begins with * in quotes"),
        ("*b : a", "line 1, column 1: an alias (*) is not read; put a text that begins with * in quotes"),
        ("a: !!str 1", "line 1, column 4: a tag (!) is not read; put a text that begins with ! in quotes"),
        ("a: !b [1]", "line 1, column 4: a tag (!) is not read; put a text that begins with ! in quotes"),
        ("a: ! 1", "line 1, column 4: a tag (!) is not read; put a text that begins with ! in quotes"),
        ("!b a: 1", "line 1, column 1: a tag (!) is not read; put a text that begins with ! in quotes"),
        ("%TAG ! tag:x,2000:\n---\na: 1", "line 1, column 1: %TAG is not read; leave it out"),
        ("# x\n%YAML 1.1\n%TAG !a! b\n---\na", "line 3, column 1: %TAG is not read; leave it out"),
        ("%YAML 1.1\n%YAML 1.1\n---\na", "line 2, column 1: found duplicate %YAML directive"),
        ("%YAML 2.0\n---\na", "line 1, column 1: found incompatible YAML document"),
        ("%FOO\n---\na", "line 1, column 5: found unknown directive name"),
        ("a: 1\n---\nb: 2", "line 2, column 1: a second document is not read; keep only one"),
        ("a: 1\n...\n%TAG ! x\n---\nb", "line 3, column 1: a second document is not read; keep only one"),
        ("---\n---\n", "line 2, column 1: a second document is not read; keep only one"),
        (
            "a: 1\n...\nb: 1",
            "line 3, column 1: this belongs to nothing above it; is the line indented like its neighbours?"
        ),
        (
            "  a: 1\nb: 2",
            "line 2, column 1: this belongs to nothing above it; is the line indented like its neighbours?"
        ),
        ("a: 1\n<<: {b: 1}", "line 2, column 1: merge keys (<<) are not read; write the settings out"),
        ("a:\n  {: 1}", "line 2, column 4: a value was expected here"),
        ("?\n: 1", "line 1, column 2: a name is missing before the colon"),
        (
            "a:\n  : 1",
            "line 2, column 3: a name was expected here; is the line indented like its neighbours?"
        ),
        ("[a]: 1", "line 1, column 1: a name must be a text, not a list or section"),
        ("? {a: 1}\n: 1", "line 1, column 3: a name must be a text, not a list or section"),
        (
            "a: 1\nb: 1\n\"a\": 2",
            "line 3, column 1: this name stands twice in its section, first on line 1; keep one"
        ),
        (
            "{a: 1, a: 2}",
            "line 1, column 8: this name stands twice in its section, first on line 1; keep one"
        ),
        (
            "a:\n  b: @hunter2",
            "line 2, column 6: no text begins with this character; put it in quotes (and indent with blanks, not with tabs)"
        ),
        (
            "a:\n\tb: 1",
            "line 2, column 1: no text begins with this character; put it in quotes (and indent with blanks, not with tabs)"
        ),
        (
            "a: 1\n b: 2",
            "line 2, column 3: no name may stand here; is the line indented like its neighbours, and is a text with a colon in quotes?"
        ),
        ("a: 1\nb: \"x\nc: 2\n", "line 2, column 4: the quotes that open here are never closed"),
        ("a: 'x\n---\nb: '", "line 1, column 4: the quotes that open here are never closed"),
        ("a: 1\nb\nc: 2", "line 2, column 1: a colon was expected after this name"),
        ("a: [1, 2", "line 2, column 1: did not find expected ',' or ']'"),
        ("a: \"\\ud800\"", "line 1, column 7: found invalid Unicode character escape code"),
        ("a: 1\nb: \u{0}", "line 2, column 4: control characters are not allowed"),
        ("a: 1\r\nö\u{2028}ä \u{7}", "line 3, column 3: control characters are not allowed"),
    ])
    func refusesWithPlaceAndReason(text: String, expected: String) {
        #expect(fault(text) == expected)
    }

    @Test func refusesWhatIsNotUTF8() {
        #expect(fault([0x61, 0x0a, 0x62, 0xff]) == "line 2, column 2: invalid leading UTF-8 octet")
        #expect(fault([0x61, 0x0a, 0xc3, 0x28]) == "line 2, column 2: invalid trailing UTF-8 octet")
        #expect(fault([0xed, 0xa0, 0x80]) == "line 1, column 1: invalid Unicode character")
        #expect(fault([0xc0, 0x80]) == "line 1, column 1: invalid length of a UTF-8 sequence")
        #expect(fault([0x61, 0xf0, 0x9f]) == "line 1, column 2: incomplete UTF-8 octet sequence")
        #expect(fault([0xff, 0xfe, 0x61, 0]) == "line 1, column 1: this is UTF-16; save the file as UTF-8")
        #expect(fault([0xfe, 0xff, 0, 0x61]) == "line 1, column 1: this is UTF-16; save the file as UTF-8")
        #expect(fault([0x61, 0, 0x3a, 0]) == "line 1, column 2: control characters are not allowed")
    }

    @Test func quotedMergeKeysAndEmptyNamesAreNames() throws {
        #expect(try YAMLNode(parsing: "'<<': 1\n'': 2\non: 3").entries().map(\.name) == ["<<", "", "on"])
    }

    @Test func faultsFarInTheTextHaveTheirLine() {
        let lines = (1...20_000).map { "# line \($0) with some words and 😀\r\n" }.joined()
        #expect(fault(lines + "a: \u{1}") == "line 20001, column 4: control characters are not allowed")
        #expect(fault(lines + "a: @") == fault("a: @")?.replacing("line 1,", with: "line 20001,"))
    }
}
