/// What help, messages and completions say of a property's values.
struct ValueTraits: Sendable {
    /// All words that are accepted, if they can be listed.
    var allowed: [String] = []
    /// The default as help shows it; empty for none.
    var defaultText = ""
    /// Whether a word that begins with a hyphen can be a value.
    var isNumber = false
    var isRequired = false
    /// Whether all that is given counts, not only the last.
    var isRepeated = false
}
