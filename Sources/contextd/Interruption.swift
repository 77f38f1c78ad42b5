import Dispatch
import Foundation

/// Has a command that is interrupted (SIGINT, SIGTERM, SIGHUP) put something in order before it ends as the signal would have ended it.
final class Interruption {
    private let sources: [any DispatchSourceSignal]

    private static let signals = [SIGINT, SIGTERM, SIGHUP]
    private static let patience = DispatchTimeInterval.seconds(5)

    /// - Parameter tidy: ends within some seconds, or is not waited for.
    init(_ tidy: @escaping @Sendable () -> Void) {
        sources = Self.signals.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { Self.endProcess(by: number) }
                tidy()
                Self.endProcess(by: number)
            }
            signal(number, SIG_IGN)
            source.activate()
            return source
        }
    }

    /// Leaves signals to do what they do.
    func end() {
        for source in sources { source.cancel() }
        for number in Self.signals { signal(number, SIG_DFL) }
    }

    private static func endProcess(by number: Int32) {
        signal(number, SIG_DFL)
        kill(getpid(), number)
    }
}
