import Foundation
import JSON

extension Terminal {
    /// Writes a value as a line of JSON.
    static func json(_ value: some Encodable) throws {
        line(try JSONText.encoded(value))
    }

    /// Writes an object of members of many kinds as a line of JSON.
    static func json(_ object: [String: Any]) throws {
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        line(String(decoding: data, as: UTF8.self))
    }
}
