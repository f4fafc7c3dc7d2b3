/// A property that a named value of the command line sets, as in `--width 5`.
///
/// ```swift
/// @Option(help: "The width in pixels.") var width = 640           // --width 5
/// @Option(name: .shortAndLong) var output: String?                // -o x or --output x; may be left out
/// @Option var key: String                                         // must be given
/// @Option(parsing: .upToNextOption) var sizes: [Int] = [1, 2]     // --sizes 3 4 5
/// ```
@propertyWrapper public struct Option<Value: Sendable>: Sendable {
    private let slot: Slot<Value>
    private let name: NameSpecification
    private let takesMany: Bool
    private let help: ArgumentHelp

    private init(
        _ slot: Slot<Value>, _ name: NameSpecification, _ help: ArgumentHelp,
        parsing: ArrayParsingStrategy = .singleValue
    ) {
        self.slot = slot
        self.name = name
        self.help = help
        takesMany = parsing == .upToNextOption
    }

    /// An option that may be left out for a default. Given twice, the last counts.
    ///
    /// - Parameters:
    ///   - wrappedValue: The default.
    ///   - name: How it is called.
    ///   - help: What help says of it.
    public init(wrappedValue: Value, name: NameSpecification = .long, help: ArgumentHelp = "")
    where Value: ExpressibleByArgument {
        self.init(Slot(default: wrappedValue), name, help)
    }

    /// An option that must be given. Given twice, the last counts.
    ///
    /// - Parameters:
    ///   - name: How it is called.
    ///   - help: What help says of it.
    public init(name: NameSpecification = .long, help: ArgumentHelp = "") where Value: ExpressibleByArgument {
        self.init(Slot(default: nil), name, help)
    }

    /// An option that is nil unless given. Given twice, the last counts.
    ///
    /// - Parameters:
    ///   - name: How it is called.
    ///   - help: What help says of it.
    public init<Wrapped: ExpressibleByArgument>(name: NameSpecification = .long, help: ArgumentHelp = "")
    where Value == Wrapped? {
        self.init(Slot(), name, help)
    }

    /// An option that may be given several times. What is given takes the place of the default.
    ///
    /// - Parameters:
    ///   - wrappedValue: The default.
    ///   - name: How it is called.
    ///   - parsing: How many words it takes each time.
    ///   - help: What help says of it.
    public init<Element: ExpressibleByArgument>(
        wrappedValue: [Element], name: NameSpecification = .long,
        parsing: ArrayParsingStrategy = .singleValue, help: ArgumentHelp = ""
    ) where Value == [Element] {
        self.init(Slot(defaults: wrappedValue), name, help, parsing: parsing)
    }

    /// The value given, or the default. Before the command line is parsed, a value that must be given may not be read.
    public var wrappedValue: Value { slot.value }
}

extension Option: DeclaredProperty {
    func declare(in declaration: inout Declaration, label: String) {
        declaration.parameters.append(
            Parameter(
                kind: .option, names: name.names(for: label), valueName: help.valueName ?? label,
                help: help.abstract, traits: slot.traits, takesMany: takesMany, assign: slot.assign))
    }
}
