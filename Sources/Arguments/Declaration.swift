/// What the properties of a command stand for on the command line.
package struct Declaration {
    /// In the order of the properties.
    var parameters: [Parameter] = []
    /// What is to be validated: groups, then the command.
    private(set) var parts: [any ParsableArguments] = []

    init(of arguments: any ParsableArguments) {
        add(arguments)
        let names = parameters.flatMap(\.names) + ["-h", "--help", "--version"]
        precondition(
            Set(names).count == names.count,
            "\(type(of: arguments)) has two properties of one name on the command line: \(names)")
    }

    /// Adds the properties of a command or a group.
    mutating func add(_ arguments: any ParsableArguments) {
        for child in Mirror(reflecting: arguments).children {
            guard let property = child.value as? any DeclaredProperty, let label = child.label else {
                continue
            }
            // The wrapper of `port` is stored as `_port`.
            property.declare(in: &self, label: Self.hyphenated(String(label.dropFirst())))
        }
        parts.append(arguments)
    }

    /// `keyDimension` as `key-dimension`.
    package static func hyphenated(_ name: String) -> String {
        let letters = Array(name)
        var result = ""
        for (index, letter) in letters.enumerated() {
            let startsWord =
                letter.isUppercase && index > 0
                && (!letters[index - 1].isUppercase
                    || index + 1 < letters.count && letters[index + 1].isLowercase)
            result += (startsWord ? "-" : "") + letter.lowercased()
        }
        return result
    }
}
