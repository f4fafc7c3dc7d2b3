import Dispatch
import Foundation
import Glibc

/// Calls a closure on SIGTERM and SIGINT instead of ending the process; a second signal ends it.
///
/// A signal that comes before the sources are there ends the process too. They are not ignored meanwhile: what is ignored
/// is lost, and whoever sent it would wait for ever.
final class Signals {
    private let sources: [any DispatchSourceSignal]

    init(_ handler: @escaping @Sendable () -> Void) {
        sources = [SIGTERM, SIGINT].map { number in
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
