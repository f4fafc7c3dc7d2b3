import Digests

/// Where in a state's block the parts of a network keep what they remember, fixed when the plan is made.
struct StateLayout: Sendable {
    /// The number of floats.
    private(set) var count = 0
    /// A SHA-256 over the network's operations and the parts' places; weights may change.
    private(set) var digest = [UInt8](repeating: 0, count: 32)
    private var text = ""

    /// A new part.
    ///
    /// - Returns: where it begins. Parts begin at multiples of 16 floats, a cache line.
    mutating func reserve(_ floats: Int, for purpose: String) -> Int {
        let start = count
        count += (floats + 15) / 16 * 16
        text += "\(purpose) \(floats) at \(start)\n"
        return start
    }

    /// Fixes the layout; `description` names what else a state depends on.
    mutating func seal(_ description: String) {
        let hash = SHA256()
        hash.update(description)
        hash.update(text)
        digest = hash.bytes()
    }
}
