import Testing
import Text

@Suite struct AsWordTests {
    @Test func keepsWordsAndDropsWhatIsNone() {
        #expect("role".asWord == "role")
        #expect(String(repeating: "a", count: 64).asWord.utf8.count == 64)
        #expect(String(repeating: "a", count: 65).asWord == "")
        #expect(String(repeating: "\u{301}", count: 500_000).asWord == "")
    }
}
