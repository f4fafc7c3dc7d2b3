import Testing
import Text

@Suite struct ShownTests {
    @Test func escapesWhatWouldNotBeSeen() {
        #expect("plain é 😀 \\".shown() == "plain é 😀 \\")
        #expect(
            "\u{1b}[31m\u{202e}\u{200b}\n\t\u{7f}\u{9b}\u{feff}\u{2028}".shown()
                == #"\u{1b}[31m\u{202e}\u{200b}\n\t\u{7f}\u{9b}\u{feff}\u{2028}"#)
        #expect("a\nb\u{7}".shown(keepsLines: true) == "a\nb\\u{7}")
    }

    @Test func cutsLongTexts() {
        #expect("a\u{301}\u{301}\u{301}".shown(limit: 2) == "a\u{301}…")
        #expect("ab".shown(limit: 2) == "ab")
        #expect("é".shown(limit: 1) == "é")
        #expect("".shown(limit: 0) == "")
    }
}
