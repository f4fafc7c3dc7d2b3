/// A property that a word of the command line sets by its place. They are filled in the order of the declarations.
///
/// ```swift
/// @Argument(help: "The picture.") var file: String    // must be given
/// @Argument(help: "A second one.") var other: String?
/// ```
@propertyWrapper public struct Argument<Value: Sendable>: Sendable {
    private let slot: Slot<Value>
    private let help: ArgumentHelp

    /// An argument that may be left out for a default.
    ///
    /// - Parameters:
    ///   - wrappedValue: The default.
    ///   - help: What help says of it.
    public init(wrappedValue: Value, help: ArgumentHelp = "") where Value: ExpressibleByArgument {
        slot = Slot(default: wrappedValue)
        self.help = help
    }

    /// An argument that must be given.
    ///
    /// - Parameter help: What help says of it.
    public init(help: ArgumentHelp = "") where Value: ExpressibleByArgument {
        slot = Slot(default: nil)
        self.help = help
    }

    /// An argument that is nil unless given.
    ///
    /// - Parameter help: What help says of it.
    public init<Wrapped: ExpressibleByArgument>(help: ArgumentHelp = "") where Value == Wrapped? {
        slot = Slot()
        self.help = help
    }

    /// The value given, or the default. Before the command line is parsed, a value that must be given may not be read.
    public var wrappedValue: Value { slot.value }
}

extension Argument: DeclaredProperty {
    func declare(in declaration: inout Declaration, label: String) {
        declaration.parameters.append(
            Parameter(
                kind: .argument, valueName: help.valueName ?? label, help: help.abstract, traits: slot.traits,
                assign: slot.assign))
    }
}
