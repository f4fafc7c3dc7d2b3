/// What the doctor found, printed line by line.
struct Findings {
    /// Whether nothing was wrong so far.
    private(set) var areWell = true

    /// Prints what a check gives, or that it failed; gives whether it did not.
    ///
    /// - Throws: when it cannot be printed.
    @discardableResult
    mutating func check(_ what: String, _ body: () throws -> String) throws -> Bool {
        switch Result(catching: body) {
        case .success(let found):
            try Terminal.line("\(Terminal.green("ok"))     \(what): \(found)")
            return true
        case .failure(let error):
            areWell = false
            try Terminal.line("\(Terminal.red("wrong"))  \(what): \(error)")
            return false
        }
    }

    /// Prints what is worth knowing and not wrong.
    func note(_ what: String, _ text: String) throws {
        try Terminal.line("\(Terminal.bold("note"))   \(what): \(text)")
    }
}
