/// The values of properties that nobody is to read, kept out of texts.
struct Secrets: Sendable {
    private let values: [String]

    init(in properties: [String: String]) {
        values = properties.filter { ClientProperty.isSecret($0.key) && !$0.value.isEmpty }.map(\.value)
    }

    /// The text without them.
    func removed(from text: String) -> String {
        values.reduce(text) {
            $0.split(separator: $1, omittingEmptySubsequences: false).joined(separator: "(not shown)")
        }
    }
}
