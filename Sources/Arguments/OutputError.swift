/// Why a result could not be written.
package struct OutputError: Error, CustomStringConvertible {
    /// What the system says.
    let reason: String

    package var description: String { "standard output cannot be written: \(reason)" }
}
