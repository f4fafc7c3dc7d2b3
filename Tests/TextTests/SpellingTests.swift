import Testing
import Text

struct SpellingTests {
    @Test(arguments: [
        ("--sede", ["--rate", "--seed"], "--seed"),  // swapped
        ("--seeds", ["--rate", "--seed"], "--seed"),  // one too many
        ("sufled", ["as-is", "shuffled"], "shuffled"),  // two too few
        ("predictoons", ["predictions", "metrics"], "predictions"),  // another one
        ("COX3D-s", ["CoX3D-XS", "CoX3D-S"], "CoX3D-S"),  // upper and lower case
        ("pred", ["predictions", "metrics"], "predictions"),  // the beginning
        ("srve", ["serve", "sever"], "serve"),
        ("naïve", ["naive"], "naive"),
    ])
    func findsTheNameThatWasMeant(word: String, names: [String], expected: String) {
        #expect(Spelling.nearest(to: word, among: names) == expected)
    }

    @Test(arguments: [
        ("x", ["y"]), ("", ["a", ""]), ("nothing", ["serve", "config"]), ("pr", ["predictions"]),
        ("con", ["config", "consume"]), ("ab", ["cd"]), ("--", ["--seed"]), ("word", []),
    ])
    func findsNothingFar(word: String, names: [String]) {
        #expect(Spelling.nearest(to: word, among: names) == nil)
    }

    @Test func takesTheNearestThenTheFirst() {
        #expect(Spelling.nearest(to: "rate", among: ["rote", "rates"]) == "rote")
        #expect(Spelling.nearest(to: "ratxxe", among: ["ratxe", "ratxxe"]) == "ratxxe")
        #expect(Spelling.nearest(to: "abcdef", among: ["abcdxx", "abcdex"]) == "abcdex")
    }

    @Test func isCheapForLongWords() {
        let long = String(repeating: "seed", count: 1_000_000)
        let stacked = "s" + String(repeating: "\u{301}", count: 1_000_000)
        let names = (0..<1_000).map { "name-\($0)" } + [long]
        let time = ContinuousClock().measure {
            #expect(Spelling.nearest(to: long, among: names) == nil)
            #expect(Spelling.nearest(to: stacked, among: names) == nil)
            #expect(Spelling.nearest(to: String(repeating: "x", count: 96), among: names) == nil)
        }
        #expect(time < .seconds(5))
    }

    /// The distance by its definition, to hold the bounded one against.
    private func distance(_ first: ArraySlice<Character>, _ second: ArraySlice<Character>) -> Int {
        guard let a = first.last, let b = second.last else { return max(first.count, second.count) }
        var least = min(
            distance(first.dropLast(), second) + 1, distance(first, second.dropLast()) + 1,
            distance(first.dropLast(), second.dropLast()) + (a == b ? 0 : 1))
        if first.count > 1, second.count > 1, a == second.dropLast().last, b == first.dropLast().last {
            least = min(least, distance(first.dropLast(2), second.dropLast(2)) + 1)
        }
        return least
    }

    @Test func agreesWithTheDefinition() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let word = String(
                (0..<Int.random(in: 1...6, using: &random)).map { _ in
                    "abc".randomElement(using: &random) ?? "a"
                })
            let name = String(
                (0..<Int.random(in: 1...6, using: &random)).map { _ in
                    "abc".randomElement(using: &random) ?? "a"
                })
            let mistakes = distance(Array(word)[...], Array(name)[...])
            let isNear = mistakes <= max(1, word.count / 3) && mistakes < min(word.count, name.count)
            let begins = word.count >= 3 && name.hasPrefix(word)
            #expect(
                (Spelling.nearest(to: word, among: [name]) != nil) == (isNear || begins),
                "\(word) and \(name)")
        }
    }
}
