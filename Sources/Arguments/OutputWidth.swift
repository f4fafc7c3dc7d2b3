import Foundation

/// How wide lines may be.
package enum OutputWidth {
    static let narrowest = 40
    static let widest = 110
    private static let usual = 80

    /// The width for what is written to a file descriptor.
    package static func columns(of descriptor: Int32) -> Int {
        columns(environment: ProcessInfo.processInfo.environment["COLUMNS"], terminal: terminal(descriptor))
    }

    /// The width that `COLUMNS` names, else the terminal's, else 80; within bounds.
    package static func columns(environment: String?, terminal: Int?) -> Int {
        let named = environment.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        return min(max(named ?? terminal ?? usual, narrowest), widest)
    }

    private static func terminal(_ descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
