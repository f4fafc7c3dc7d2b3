import Testing
import Text

@Suite struct ShellWordTests {
    @Test(arguments: [
        ("localhost:9092,other:9092", "localhost:9092,other:9092"), ("a b", "'a b'"), ("", "''"),
        ("it's", #"'it'\''s'"#), ("$(x)", "'$(x)'"), ("a;b", "'a;b'"), ("é", "'é'"),
    ])
    func isOneWord(text: String, word: String) { #expect(text.shellWord == word) }
}
