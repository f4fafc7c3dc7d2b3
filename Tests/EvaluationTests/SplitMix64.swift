import Foundation

/// The same random numbers from the same seed on every machine.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

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
