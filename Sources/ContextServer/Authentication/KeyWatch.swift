import Catalog
import Logging
import Scheduling
import Synchronization
import Tenancy

/// Ends open streams and WebSockets when their key is revoked or their tenant is deleted.
///
/// Another process revokes keys, so this polls the catalog at an interval for the distinct keys of all open streams.
final class KeyWatch: Sendable {
    private let catalog: CatalogStore
    private let logger: Logger
    private let signals = Mutex<[ScopedKey: [ObjectIdentifier: OneTimeSignal]]>([:])

    /// Polling interval. A stream ends within this time plus the duration of one catalog query.
    private static let interval = Duration.milliseconds(400)
    /// Maximum number of keys in one catalog query. The catalog's lookup connection is free for others between two queries.
    private static let keysPerQuestion = 128

    init(catalog: CatalogStore, logger: Logger) { (self.catalog, self.logger) = (catalog, logger) }

    /// The registration of an open stream. The key is watched until this object is released.
    final class Registration: Sendable {
        /// A signal that fires when the key is no longer valid.
        let signal = OneTimeSignal()
        private let key: ScopedKey
        private let watch: KeyWatch

        fileprivate init(_ key: ScopedKey, _ watch: KeyWatch) {
            (self.key, self.watch) = (key, watch)
            watch.signals.withLock { $0[key, default: [:]][ObjectIdentifier(signal)] = signal }
        }

        deinit {
            watch.signals.withLock { signals in
                signals[key]?[ObjectIdentifier(signal)] = nil
                if signals[key]?.isEmpty == true { signals[key] = nil }
            }
        }
    }

    func begin(_ caller: Caller) -> Registration { Registration(ScopedKey(id: caller.key, scope: caller.scope), self) }

    /// Checks all watched keys at each interval until the task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: Self.interval)) != nil { look() }
    }

    private func look() {
        var keys = Array(signals.withLock { $0.keys })[...]
        while !keys.isEmpty {
            let some = Array(keys.prefix(Self.keysPerQuestion))
            keys = keys.dropFirst(some.count)
            do {
                let valid = try catalog.validKeys(among: some)
                for key in some where !valid.contains(key) { end(key) }
            } catch {
                // Streams continue while the catalog cannot be read; the next check retries.
                logger.warning("key lookup for open streams failed", metadata: ["error": "\(error)"])
            }
        }
    }

    private func end(_ key: ScopedKey) {
        let signals = signals.withLock { $0[key].map { Array($0.values) } ?? [] }
        for signal in signals { signal.fire() }
    }
}
