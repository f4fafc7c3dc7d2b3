import Arguments
import Foundation
import JSON
import Text

extension Terminal {
    /// Writes a value as a line of JSON.
    static func json(_ value: some Encodable) throws { try json(text: try JSONText.encoded(value)) }

    /// Writes an object of members of many kinds as a line of JSON.
    static func json(_ object: [String: Any]) throws {
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        try json(text: String(decoding: data, as: UTF8.self))
    }

    /// Writes a text that is JSON, with escapes in the place of what a terminal would obey or does not show.
    static func json(text: String) throws { try StandardOutput.line(text.shownAsJSON()) }
}
