import Glibc

/// Where a program says what is not its result.
package enum StandardError {
    /// Writes a text. Where it is not taken, nobody is there to be told.
    package static func write(_ text: String) { _ = FileDescriptor.write(text, to: STDERR_FILENO) }
}
