extension String {
    /// The smallest number of inserted, deleted or replaced characters that turns this string into another
    /// (Levenshtein), case aside.
    func distance(to other: String) -> Int {
        let a = Array(lowercased())
        let b = Array(other.lowercased())
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let replaced = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
