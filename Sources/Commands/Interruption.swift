import Dispatch
import Foundation

/// A signal handler that runs a cleanup closure on SIGINT, SIGTERM or SIGHUP, and then ends the process by the same signal.
final class Interruption {
    private let sources: [any DispatchSourceSignal]

    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    private static let timeout = DispatchTimeInterval.seconds(5)

    /// - Parameter tidy: the cleanup closure. If it takes longer than 5 s, the process ends without waiting for it.
    init(_ tidy: @escaping @Sendable () -> Void) {
        sources = Self.signals.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                DispatchQueue.global().asyncAfter(deadline: .now() + Self.timeout) { Self.endProcess(by: number) }
                tidy()
                Self.endProcess(by: number)
            }
            signal(number, SIG_IGN)
            source.activate()
            return source
        }
    }

    /// Restores the default action of the signals.
    func end() {
        for source in sources { source.cancel() }
        for number in Self.signals { signal(number, SIG_DFL) }
    }

    private static func endProcess(by number: Int32) {
        signal(number, SIG_DFL)
        kill(getpid(), number)
    }
}
