import Text

/// A type that a word of the command line can be made into.
///
/// An enumeration with raw values of type `String` that is `CaseIterable` needs only to name the protocol.
public protocol ExpressibleByArgument: Sendable {
    /// Makes a value of a word; nil if the word stands for none.
    init?(argument: String)

    /// All words that stand for a value, where they can be listed: for help, messages and completions. Empty unless
    /// implemented.
    static var allValueStrings: [String] { get }

    /// How help shows the value where it is a default. An empty text is not shown.
    var defaultValueDescription: String { get }
}

extension ExpressibleByArgument {
    /// None: the values cannot be listed.
    public static var allValueStrings: [String] { [] }

    /// The value as a string.
    public var defaultValueDescription: String { "\(self)" }
}

extension ExpressibleByArgument where Self: RawRepresentable & CaseIterable, RawValue == String {
    /// The case of that raw value.
    public init?(argument: String) { self.init(rawValue: argument.asWord) }

    /// The raw values of all cases.
    public static var allValueStrings: [String] { allCases.map(\.rawValue) }

    /// The raw value.
    public var defaultValueDescription: String { rawValue }
}

extension ExpressibleByArgument where Self: FixedWidthInteger {
    /// The number of a word in decimal digits, if the type holds it.
    public init?(argument: String) { self.init(argument, radix: 10) }
}

extension Int: ExpressibleByArgument {}
extension Int32: ExpressibleByArgument {}
extension UInt64: ExpressibleByArgument {}

extension Double: ExpressibleByArgument {
    /// The number of a word as Swift writes it, `inf` and `nan` included.
    public init?(argument: String) { self.init(argument) }
}

extension String: ExpressibleByArgument {
    /// The word as it is.
    public init?(argument: String) { self = argument }
}
