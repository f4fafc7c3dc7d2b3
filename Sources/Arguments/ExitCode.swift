/// What a program tells of its end. Thrown by a command, it ends the program without a message.
public struct ExitCode: Error, Sendable, Hashable {
    /// The number; systems keep its lowest eight bits.
    public let rawValue: Int32

    /// Makes a code of a number.
    public init(_ code: Int32) { rawValue = code }

    /// All went well: 0.
    public static let success = ExitCode(0)
    /// An error that a message explained: 1.
    public static let failure = ExitCode(1)
    /// A wrong command line: 64, as in sysexits.h.
    public static let validationFailure = ExitCode(64)
}
