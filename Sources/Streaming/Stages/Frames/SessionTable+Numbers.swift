/// A session as the numbers of a snapshot.
extension SessionTable.Session {
    /// How far it has come.
    var numbers: [Int] { [Int(sequence), Int(time), seen, Int(bitPattern: UInt(received))] }

    /// What is known of its records.
    var recordNumbers: [Int] {
        [Int(first), Int(opened), Int(stamp), Int(astray), isAhead ? 1 : 0, records]
            + hashes.indices.map { Int(bitPattern: UInt(hashes[$0])) }
    }

    /// How many ``recordNumbers`` there are.
    static let recordNumberCount = 6 + SIMD16<UInt64>.scalarCount

    /// A session of a snapshot.
    ///
    /// - Parameters:
    ///   - numbers: as ``numbers`` gave them.
    ///   - records: as ``recordNumbers`` gave them; nil where an earlier version kept none.
    init(restoring name: String, _ numbers: [Int], records kept: [Int]?) {
        self.init(
            name: name, sequence: Int64(numbers[0]), time: Int64(numbers[1]), seen: numbers[2],
            received: UInt64(UInt(bitPattern: numbers[3])))
        guard let kept else {
            // At most: filled frames count, and what was stepped before a gap does not.
            first = max(0, sequence - Int64(seen) + 1)
            stamp = time
            return
        }
        first = Int64(kept[0])
        opened = Int64(kept[1])
        stamp = Int64(kept[2])
        astray = Int64(kept[3])
        isAhead = kept[4] == 1
        records = min(max(kept[5], 0), 2 * hashes.scalarCount - 1)
        for index in hashes.indices { hashes[index] = UInt64(UInt(bitPattern: kept[6 + index])) }
    }
}
