import Foundation

/// Waits until something is so, looking every ten milliseconds.
///
/// - Parameter seconds: long enough for a busy machine; only a test that fails waits so long.
/// - Returns: whether it came to be so.
@discardableResult
public func eventually(seconds: Double = 60, _ isSo: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !isSo() {
        guard ContinuousClock.now < deadline else { return try isSo() }
        Thread.sleep(forTimeInterval: 0.01)
    }
    return true
}
