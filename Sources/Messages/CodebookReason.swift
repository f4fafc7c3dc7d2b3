/// What one codebook says for or against an answer. On the wire a triple: `[12, 407, 1.25]`.
public struct CodebookReason: Equatable, Sendable {
    /// The codebook, from 0.
    public var codebook: Int
    /// The key that the sample chose in it, from 0.
    public var key: Int
    /// The log-odds (natural logarithm) that the key gives the answer, above 0 for it and below 0 against it.
    public var logOdds: Float

    /// The voice of a codebook.
    ///
    /// - Parameters:
    ///   - codebook: The codebook, from 0, in the range of Int32.
    ///   - key: The key that the sample chose in it, from 0, in the range of Int32.
    ///   - logOdds: The log-odds that the key gives the answer.
    public init(codebook: Int, key: Int, logOdds: Float) {
        self.codebook = codebook
        self.key = key
        self.logOdds = logOdds
    }
}
