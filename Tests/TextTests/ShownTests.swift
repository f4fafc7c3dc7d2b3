import Foundation
import Testing
import Text

@Suite struct ShownTests {
    @Test func escapesWhatWouldNotBeSeen() {
        #expect("plain é 😀 \\".shown() == "plain é 😀 \\")
        #expect(
            "\u{1b}[31m\u{202e}\u{200b}\n\t\u{7f}\u{9b}\u{feff}\u{2028}".shown()
                == #"\u{1b}[31m\u{202e}\u{200b}\n\t\u{7f}\u{9b}\u{feff}\u{2028}"#)
    }

    /// All of C0, DEL and C1, marks of direction, and what has no width.
    @Test func leavesNoCharacterThatATerminalObeysOrNobodySees() {
        let hidden =
            Array(0...0x1f) + Array(0x7f...0x9f) + Array(0x202a...0x202e) + Array(0x2066...0x2069)
            + Array(0x200b...0x200f) + [0x061c, 0x2060, 0xfeff, 0x00ad, 0x2028, 0x2029, 0xe0001, 0x10fffd]
        for value in hidden.compactMap(Unicode.Scalar.init) {
            let shown = "a\(value)b".shown()
            #expect(shown.unicodeScalars.allSatisfy(\.isVisible) && shown.hasPrefix("a\\"), "\(value.value)")
        }
    }

    /// A joiner belongs to the writing there; it is escaped in what is printed all the same, and letters are not.
    @Test func escapesJoinersInWritingThatHasThem() {
        #expect("क्\u{200d}ष".shown() == #"क्\u{200d}ष"#)
        #expect("👩\u{200d}🚀".shown() == #"👩\u{200d}🚀"#)
        #expect("שלום é 日本".shown() == "שלום é 日本")
    }

    @Test func escapesWithinJSONAndKeepsTheValue() throws {
        let text = "{\n \"\u{9b}\":\t[\"\u{7f}\u{202e}\u{200d}\u{e0001}é\"]\n}"
        let shown = text.shownAsJSON()
        #expect(
            shown == "{\n \"\\u009b\":\t[\"\\u007f\\u202e\\u200d\\udb40\\udc01é\"]\n}")
        let values = try [text, shown].map {
            try JSONDecoder().decode([String: [String]].self, from: Data($0.utf8))
        }
        #expect(values[0] == values[1])
        #expect("[\"a\"]".shownAsJSON() == "[\"a\"]")
    }

    @Test func cutsLongTexts() {
        #expect("a\u{301}\u{301}\u{301}".shown(limit: 2) == "a\u{301}…")
        #expect("ab".shown(limit: 2) == "ab")
        #expect("é".shown(limit: 1) == "é")
        #expect("".shown(limit: 0) == "")
    }
}
