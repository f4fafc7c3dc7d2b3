/// What the doctor found, printed line by line.
struct Findings {
    /// Whether nothing was wrong so far.
    private(set) var areWell = true

    /// Prints what a check gives, or that it failed; gives whether it did not.
    @discardableResult
    mutating func check(_ what: String, _ body: () throws -> String) -> Bool {
        do {
            Terminal.line("\(Terminal.green("ok"))     \(what): \(try body())")
            return true
        } catch {
            areWell = false
            Terminal.line("\(Terminal.red("wrong"))  \(what): \(error)")
            return false
        }
    }

    /// Prints what is worth knowing and not wrong.
    func note(_ what: String, _ text: String) { Terminal.line("\(Terminal.bold("note"))   \(what): \(text)") }
}
