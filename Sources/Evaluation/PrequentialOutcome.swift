/// What the totals need to know of one scored sample, to add it and to take it out again.
struct PrequentialOutcome: Sendable, Equatable {
    let actual: Int
    let predicted: Int?
    let weight: Int
    let noChangeCorrect: Bool
    let majorityCorrect: Bool
}
