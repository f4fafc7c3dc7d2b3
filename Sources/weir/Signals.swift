import Dispatch
import Foundation
import Glibc

/// Calls a closure on SIGTERM and SIGINT instead of ending the process; a second signal ends it.
final class Signals {
    private let sources: [any DispatchSourceSignal]

    init(_ handler: @escaping @Sendable () -> Void) {
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                signal(number, SIG_DFL)
                handler()
            }
            source.resume()
            return source
        }
    }
}
