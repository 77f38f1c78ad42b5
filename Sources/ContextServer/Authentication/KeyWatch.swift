import Catalog
import Logging
import Synchronization
import Tenancy
import Workers

/// Ends streams and WebSockets whose key is revoked, or whose tenant is deleted, while they are open.
///
/// Keys are revoked by another process, so the catalog is asked at an interval about the keys of all open streams together, each once.
final class KeyWatch: Sendable {
    private struct State {
        var signals: [ScopedKey: [ObjectIdentifier: OneTimeSignal]] = [:]
    }

    private let catalog: CatalogStore
    private let logger: Logger
    private let state = Mutex(State())

    /// Time between two looks. A stream ends within it and the time for one question.
    private static let interval = Duration.milliseconds(400)
    /// Keys of one question. The catalog's connection for lookups is free for others between two questions.
    private static let keysPerQuestion = 128

    init(catalog: CatalogStore, logger: Logger) { (self.catalog, self.logger) = (catalog, logger) }

    /// A stream that is open. It is watched until this is released.
    final class Registration: Sendable {
        /// Fires when the key is not valid any more.
        let signal = OneTimeSignal()
        private let key: ScopedKey
        private let watch: KeyWatch

        fileprivate init(_ key: ScopedKey, _ watch: KeyWatch) {
            (self.key, self.watch) = (key, watch)
            watch.state.withLock { $0.signals[key, default: [:]][ObjectIdentifier(signal)] = signal }
        }

        deinit {
            watch.state.withLock { state in
                state.signals[key]?[ObjectIdentifier(signal)] = nil
                if state.signals[key]?.isEmpty == true { state.signals[key] = nil }
            }
        }
    }

    func begin(_ caller: Caller) -> Registration { Registration(ScopedKey(id: caller.key, scope: caller.scope), self) }

    /// Looks at the interval until the task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: Self.interval)) != nil { look() }
    }

    private func look() {
        var keys = Array(state.withLock { $0.signals.keys })[...]
        while !keys.isEmpty {
            let some = Array(keys.prefix(Self.keysPerQuestion))
            keys = keys.dropFirst(some.count)
            do {
                let valid = try catalog.validKeys(among: some)
                for key in some where !valid.contains(key) { end(key) }
            } catch {
                // Streams go on while the catalog cannot be read; the next look may.
                logger.warning("open streams' keys could not be looked up", metadata: ["error": "\(error)"])
            }
        }
    }

    private func end(_ key: ScopedKey) {
        let signals = state.withLock { $0.signals[key].map { Array($0.values) } ?? [] }
        for signal in signals { signal.fire() }
    }
}
