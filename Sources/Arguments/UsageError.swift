import Text

/// A wrong command line.
package struct UsageError: Error, Equatable {
    /// How many values are listed in a sentence; more stand in lines of their own.
    private static let listed = 5

    /// What is wrong.
    let message: String
    /// The help of the parameter that it is about; empty for none.
    var help = ""

    init(_ message: String) { self.message = message }

    private init(_ message: String, about parameter: Parameter) {
        self.message = message
        if !parameter.help.isEmpty { help = "\(parameter.title())  \(parameter.help)" }
    }

    static func unknownOption(_ name: String, known: [String]) -> UsageError {
        UsageError("Unknown option '\(name.shown(limit: 100))'" + suggestion(for: name, among: known))
    }

    /// Words that nothing takes, one or more.
    static func unexpected(_ words: [String], known: [String] = []) -> UsageError {
        guard words.count > 1 else {
            return UsageError(
                "Unexpected argument '\(words[0].shown(limit: 100))'"
                    + suggestion(for: words[0], among: known))
        }
        let some = words.prefix(listed).map { "'\($0.shown(limit: 100))'" }.joined(separator: ", ")
        return UsageError("\(words.count) unexpected arguments: \(some)\(words.count > listed ? ", …" : "")")
    }

    static func missingArgument(_ parameter: Parameter) -> UsageError {
        UsageError(
            "Missing expected \(parameter.kind == .argument ? "argument" : "option") '\(parameter.title())'",
            about: parameter)
    }

    static func missingValue(of parameter: Parameter, as name: String) -> UsageError {
        UsageError("Missing value for '\(parameter.title(as: name))'", about: parameter)
    }

    static func unwantedValue(_ value: String, of name: String) -> UsageError {
        UsageError("The option '\(name)' takes no value, but '\(value.shown(limit: 100))' was given")
    }

    static func invalidValue(_ value: String, of parameter: Parameter, as name: String) -> UsageError {
        let allowed = parameter.traits.allowed
        var message = "The value '\(value.shown(limit: 100))' is invalid for '\(parameter.title(as: name))'"
        let near = suggestion(for: value, among: allowed)
        message += near
        if !allowed.isEmpty {
            message += (near.isEmpty ? "." : "") + " Please provide one of "
            if allowed.count > listed {
                message += "the following:" + allowed.map { "\n  - \($0)" }.joined()
            } else {
                let quoted = allowed.map { "'\($0)'" }
                let others = quoted.dropLast().joined(separator: ", ")
                message += (others.isEmpty ? "" : "\(others) or ") + "\(quoted[quoted.count - 1])."
            }
        }
        return UsageError(message, about: parameter)
    }

    private static func suggestion(for word: String, among known: [String]) -> String {
        Spelling.nearest(to: word, among: known).map { ". Did you mean '\($0)'?" } ?? ""
    }
}
