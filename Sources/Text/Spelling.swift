/// Finds the name that was probably meant by a word that is none.
///
/// ```swift
/// Spelling.nearest(to: "--sede", among: ["--seed", "--rate"])  // "--seed"
/// ```
public enum Spelling {
    /// Longer words and names, in UTF-8 bytes, are not compared: nobody mistypes them.
    private static let longest = 96

    /// The name nearest to a word, if one is near.
    ///
    /// A mistake is a letter too many, too few or another, or two neighbours swapped; upper and lower case are the
    /// same. One mistake is let pass for every three letters of the word, at least one and at most three, and fewer
    /// than the word or the name has letters. Without a near name, the only one that begins with the word is taken,
    /// if the word has three letters or digits.
    ///
    /// The cost is at most that of comparing 96 letters with 96 for each name, however long the word is.
    ///
    /// - Parameters:
    ///   - word: What was written.
    ///   - names: What there is. Of equally near ones the first is taken.
    /// - Returns: One of the names, or nil if none is near.
    public static func nearest(to word: String, among names: [String]) -> String? {
        guard !word.isEmpty, word.utf8.count <= longest else { return nil }
        let written = letters(word)
        var limit = min(max(written.count / 3, 1), 3)
        var nearest: String?
        var continued: [String] = []
        for name in names where !name.isEmpty && name.utf8.count <= longest {
            let known = letters(name)
            if known.starts(with: written) { continued.append(name) }
            guard let distance = distance(written, known, limit: limit),
                distance < min(written.count, known.count)
            else { continue }
            nearest = name
            // From here on only a nearer one is of interest.
            guard distance > 0 else { break }
            limit = distance - 1
        }
        if let nearest { return nearest }
        return continued.count == 1 && written.count(where: isLetterOrDigit) >= 3 ? continued[0] : nil
    }

    private static func letters(_ text: String) -> [Unicode.Scalar] {
        Array(text.lowercased().unicodeScalars)
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    /// The number of mistakes between two words, no letter being touched twice (Damerau and Levenshtein's
    /// restricted distance); nil if there are more than the limit.
    private static func distance(
        _ first: [Unicode.Scalar], _ second: [Unicode.Scalar], limit: Int
    ) -> Int? {
        guard abs(first.count - second.count) <= limit else { return nil }
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for row in first.indices {
            var current = [row + 1]
            current.reserveCapacity(second.count + 1)
            for column in second.indices {
                let isSame = first[row] == second[column]
                var least = min(last[column + 1] + 1, current[column] + 1, last[column] + (isSame ? 0 : 1))
                if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                current.append(least)
            }
            guard current.contains(where: { $0 <= limit }) else { return nil }
            (beforeLast, last) = (last, current)
        }
        return last[second.count] <= limit ? last[second.count] : nil
    }
}
