import Dispatch
import Glibc
import Log

/// Ends the process when a stop takes too long: with brokers that are away, calls of the client may never return.
enum StopDeadline {
    /// Below what supervisors give before they kill: 30 seconds.
    static let seconds = 25

    /// From now on, the process has so long.
    static func begin(_ logger: Logger) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) {
            logger.error(
                "the stop takes longer than \(seconds) s, as brokers or disk do not answer: ending without it. Nothing is lost: a restart goes on where the outputs had arrived"
            )
            logger.flush()
            // Nothing is cleaned up: what hangs would hang there too.
            _exit(1)
        }
    }
}
