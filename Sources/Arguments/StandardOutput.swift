import Glibc

/// Where a program's results go.
package enum StandardOutput {
    /// What a program ends with when who reads its output has gone: the code that shells give for SIGPIPE.
    package static let closed = ExitCode(141)

    /// Writes all of a text at once.
    ///
    /// - Throws: ``closed`` when who reads it has gone, which nobody need be told; else ``OutputError``, as for a full
    ///   disk: a result that is not written whole is no result.
    package static func write(_ text: String) throws {
        let code = FileDescriptor.write(text, to: STDOUT_FILENO)
        guard code != EPIPE else { throw closed }
        guard code == 0 else { throw OutputError(reason: String(cString: strerror(code))) }
    }

    /// Writes a line; throws as ``write(_:)`` does.
    package static func line(_ text: String) throws { try write(text + "\n") }
}
