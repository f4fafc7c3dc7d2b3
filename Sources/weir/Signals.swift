import Dispatch
import Foundation
import Glibc

/// Calls a closure on SIGTERM, SIGINT and SIGHUP instead of ending the process; a second signal ends it. A SIGHUP that
/// was ignored before, as by `nohup`, stays so.
///
/// A signal that comes before the sources are there ends the process too. They are not ignored meanwhile: what is ignored
/// is lost, and whoever sent it would wait for ever.
final class Signals {
    private let sources: [any DispatchSourceSignal]

    init(_ handler: @escaping @Sendable () -> Void) {
        var before = sigaction()
        sigaction(SIGHUP, nil, &before)
        let isIgnored = unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self) == 1
        sources = ([SIGTERM, SIGINT] + (isIgnored ? [] : [SIGHUP])).map { number in
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
