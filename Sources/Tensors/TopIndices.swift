/// The indices of the highest scores, highest first, without sorting all.
///
/// It is meant for few: an index that gets in is moved past those behind it. NaN ranks below every number.
///
/// - Parameters:
///   - scores: the scores.
///   - limit: the most indices that are wanted; none for 0 or less.
///   - precedes: which of two indices with equal scores comes first, by default the lower.
@inlinable
public func topIndices(
    _ scores: [Float], limit: Int, precedes: (Int, Int) -> Bool = { $0 < $1 }
) -> [Int] {
    scores.withUnsafeBufferPointer { topIndices($0, limit: limit, precedes: precedes) }
}

/// The same of scores in memory.
@inlinable
public func topIndices(
    _ scores: UnsafeBufferPointer<Float>, limit: Int, precedes: (Int, Int) -> Bool = { $0 < $1 }
) -> [Int] {
    let limit = min(limit, scores.count)
    guard limit > 0 else { return [] }
    func isBetter(_ a: Int, _ b: Int) -> Bool {
        let (first, second) = (scores[a], scores[b])
        if first > second { return true }
        if first == second || first.isNaN && second.isNaN { return precedes(a, b) }
        return second.isNaN
    }
    var top: [Int] = []
    top.reserveCapacity(limit)
    for index in scores.indices {
        if top.count == limit {
            guard isBetter(index, top[limit - 1]) else { continue }
            top.removeLast()
        }
        var place = top.count
        while place > 0, isBetter(index, top[place - 1]) { place -= 1 }
        top.insert(index, at: place)
    }
    return top
}
