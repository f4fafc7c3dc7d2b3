/// Properties of a command line that several commands share; see ``OptionGroup``.
///
/// Only properties marked ``Option``, ``Flag``, ``Argument`` or ``OptionGroup`` are taken from the command line.
public protocol ParsableArguments: Sendable {
    /// Makes one with every property at its default.
    init()

    /// Checks what the properties' types cannot, after all of them are set. Does nothing unless implemented.
    ///
    /// - Throws: ``ValidationError`` for wrong use, or what ``ParsableCommand/run()`` may throw.
    func validate() throws
}

extension ParsableArguments {
    /// Accepts everything.
    public func validate() throws {}
}
