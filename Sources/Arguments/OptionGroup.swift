/// A property that holds the options, flags and arguments of another type, to share them between commands.
///
/// ```swift
/// struct Source: ParsableArguments {
///     @Option(help: "Where to read.") var folder = "."
/// }
///
/// struct List: ParsableCommand {
///     @OptionGroup var source: Source
/// }
/// ```
@propertyWrapper public struct OptionGroup<Value: ParsableArguments>: Sendable {
    /// The group, its properties set as the command line says.
    public let wrappedValue: Value

    /// Makes the group with every property at its default.
    public init() { wrappedValue = Value() }
}

extension OptionGroup: DeclaredProperty {
    func declare(in declaration: inout Declaration, label: String) { declaration.add(wrappedValue) }
}
