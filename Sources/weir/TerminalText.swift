import Text

/// Text for standard output or standard error. What stands in the source is written as it is; every value that is put in
/// is escaped (`String.shown()`), wherever it comes from: labels, ids, names of files, messages of brokers.
///
/// ```swift
/// Terminal.line("label \(label), \(Terminal.bold("\(count)")) samples")
/// ```
struct TerminalText: ExpressibleByStringInterpolation, Sendable {
    /// What is written.
    let text: String

    /// A text of the source.
    init(stringLiteral text: String) { self.text = text }

    /// A text of the source with values.
    init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    /// What was made of such texts, or is for the terminal itself.
    init(escaped text: String) { self.text = text }

    /// Puts values into text.
    struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

        mutating func appendLiteral(_ literal: String) { text += literal }

        /// What is for the terminal already.
        mutating func appendInterpolation(_ text: TerminalText) { self.text += text.text }

        mutating func appendInterpolation(_ value: some Any) { text += "\(value)".shown() }
    }
}
