@preconcurrency import Dispatch
import Foundation
import Logging
import Scheduling

/// The server's signal handlers. The first SIGTERM or SIGINT starts a shutdown; the second ends the process at once, without losing
/// acknowledged data. SIGHUP is only logged. SIGPIPE is ignored: writing to a closed connection returns an error instead.
///
/// A dedicated queue handles the signals, so that the second one works even if the server is busy.
final class StopSignals: Sendable {
    private let sources: [any DispatchSourceSignal]

    private static let queue = DispatchQueue(label: "signals")

    /// - Parameter stop: fires on the first SIGTERM or SIGINT.
    init(firing stop: OneTimeSignal, logger: Logger) {
        signal(SIGPIPE, SIG_IGN)
        sources = [Self.end(SIGTERM, stop, logger), Self.end(SIGINT, stop, logger), Self.hangUp(logger)]
        for source in sources { source.activate() }
    }

    private static func end(_ number: Int32, _ stop: OneTimeSignal, _ logger: Logger) -> any DispatchSourceSignal {
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler {
            if stop.hasFired {
                logger.warning("stopping at once after a second signal", metadata: ["signal": "\(number)"])
                _exit(128 + number)
            }
            logger.notice("stopping; a second signal ends the process at once", metadata: ["signal": "\(number)"])
            stop.fire()
        }
        return source
    }

    private static func hangUp(_ logger: Logger) -> any DispatchSourceSignal {
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: queue)
        source.setEventHandler { logger.notice("SIGHUP is ignored: settings are read only at startup, and the log goes to standard error") }
        return source
    }
}
