@preconcurrency import Dispatch
import Foundation
import Logging
import Workers

/// What a server does about signals. The first SIGTERM or SIGINT asks it to stop, the second ends the process at once: what was acknowledged
/// is on disk by then. SIGHUP changes nothing, and SIGPIPE is ignored, since a connection whose client has gone is an error of a write.
///
/// Signals are handled on a queue of their own, so that the second one works however busy the server is.
final class StopSignals: Sendable {
    /// Fires with the first signal.
    let stop: OneTimeSignal
    private let sources: [any DispatchSourceSignal]

    private static let queue = DispatchQueue(label: "signals")

    init(logger: Logger) {
        signal(SIGPIPE, SIG_IGN)
        let stop = OneTimeSignal()
        self.stop = stop
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
        source.setEventHandler { logger.notice("SIGHUP is ignored: settings are read at the start, and the log goes to standard error") }
        return source
    }
}
