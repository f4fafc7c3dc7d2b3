import Synchronization

/// A line on a terminal that says how far something is, from any thread.
final class ProgressLine: Sendable {
    private let isShown: Bool
    private let last = Mutex("")

    /// A line that is drawn only where a person looks.
    init(isShown: Bool) { self.isShown = isShown }

    /// Shows the finished part, 0 to 1.
    func show(_ what: String, _ part: Double) {
        guard isShown else { return }
        last.withLock { last in
            let text = "\(what): \(Int(part * 100)) %"
            if text != last { Terminal.draw("\(text)") }
            last = text
        }
    }

    /// Takes the line away.
    func clear() {
        if isShown { Terminal.draw("") }
    }
}
