import JSON
import Text

/// The reason why a record was not accepted: what was wrong, where, and what to do about it.
public typealias Rejection = JSON.Rejection

extension Rejection {
    /// A short piece of foreign text made safe for a message: quoted, at most 40 characters.
    static func quoted(_ text: String) -> String { "\"\(text.shown(limit: 40))\"" }
}
