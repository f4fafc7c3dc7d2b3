/// An error of a log that says of itself whether it may pass without anything being changed.
package protocol PassingFault: Error {
    /// Whether trying again may be of use.
    var passes: Bool { get }
}
