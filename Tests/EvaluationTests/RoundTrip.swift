import Foundation

/// Writes a state as JSON, reads it, and gives it back only if writing it again gives the same bytes.
func roundTripped<State: Codable>(_ state: State) throws -> State? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let saved = try encoder.encode(state)
    let loaded = try JSONDecoder().decode(State.self, from: saved)
    return try encoder.encode(loaded) == saved ? loaded : nil
}

/// The JSON of a state with one text replaced by another, read again.
func decoded<State: Codable>(_ state: State, replacing old: String, by new: String) throws -> State {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(state), as: UTF8.self)
    let broken = text.replacingOccurrences(of: old, with: new)
    guard broken != text else { throw CocoaError(.coderInvalidValue) }
    return try JSONDecoder().decode(State.self, from: Data(broken.utf8))
}
