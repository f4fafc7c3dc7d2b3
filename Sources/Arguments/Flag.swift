/// A property that is true if its name stands on the command line, as in `--verbose`.
///
/// ```swift
/// @Flag(help: "Say what is done.") var verbose = false
/// ```
@propertyWrapper public struct Flag: Sendable {
    private let slot: Slot<Bool>
    private let name: NameSpecification
    private let help: ArgumentHelp

    /// A flag. It may be given more than once, which changes nothing.
    ///
    /// - Parameters:
    ///   - wrappedValue: The value if it is not given: false, since giving it makes it true.
    ///   - name: How it is called.
    ///   - help: What help says of it.
    public init(wrappedValue: Bool, name: NameSpecification = .long, help: ArgumentHelp = "") {
        precondition(!wrappedValue, "a flag that is true from the start could never be false")
        slot = Slot(flag: wrappedValue)
        self.name = name
        self.help = help
    }

    /// Whether the flag was given.
    public var wrappedValue: Bool { slot.value }
}

extension Flag: DeclaredProperty {
    func declare(in declaration: inout Declaration, label: String) {
        declaration.parameters.append(
            Parameter(
                kind: .flag, names: name.names(for: label), help: help.abstract, traits: slot.traits,
                assign: slot.assign))
    }
}
