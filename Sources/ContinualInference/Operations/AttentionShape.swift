/// What attention over the newest tokens is made of: the frames are queries, keys and values one after the
/// other, `[3 * width]`.
struct AttentionShape: Sendable {
    /// The width of a token.
    let width: Int
    let heads: Int
    /// The number of tokens that are looked at.
    let tokens: Int

    var headWidth: Int { width / heads }
    var scale: Float { 1 / Float(headWidth).squareRoot() }
}
