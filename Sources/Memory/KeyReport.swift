/// How well fresh keys serve the samples that they were made from.
public struct KeyReport: Sendable, Equatable, CustomStringConvertible {
    /// The number of samples.
    public let samples: Int
    /// How evenly the samples spread over the keys, each at its nearest one.
    public let usage: CodebookUsage
    /// The number of keys that equal an earlier one of their codebook; no search chooses them.
    public let repeated: Int
    /// The number of keys that are not there, because there were fewer distinct samples.
    public let absent: Int

    /// One line for people.
    public var description: String {
        let used = (usage.usedRatio * 1_000).rounded() / 10
        let perplexity = usage.perplexity.map { "\($0.rounded())" } ?? "none"
        return
            "made from \(samples) vectors, \(used) % in use, perplexity \(perplexity), \(repeated) repeated, \(absent) absent"
    }
}
