package import Tenancy

/// The operations that clients named, of all tenants, in bounded memory. A plain value: the caller supplies the time.
package struct IdempotencyRecords {
    package typealias Instant = ContinuousClock.Instant

    /// The state of a key when a request with it arrives.
    package enum Arrival {
        /// The key is new: this is its first request. The number belongs to `finish` and `abandon`.
        case first(UInt64)
        case inProgress
        case finished(StoredResponse)
    }

    private struct Entry {
        let number: UInt64
        /// `nil` while the operation is in progress.
        var response: StoredResponse?
        var expiry: Instant
    }

    /// The operations of one tenant.
    private struct Shelf {
        var entries: [IdempotencyKey: Entry] = [:]
        /// Finished operations in order; some may have been removed meanwhile.
        var finished: [(key: IdempotencyKey, number: UInt64)] = []
        var start = 0
        var bytes = 0

        mutating func remove(_ key: IdempotencyKey) { bytes -= entries.removeValue(forKey: key)?.response?.bytes ?? 0 }

        /// The oldest finished operation.
        mutating func oldest() -> (key: IdempotencyKey, entry: Entry)? {
            while start < finished.count {
                let (key, number) = finished[start]
                if let entry = entries[key], entry.number == number { return (key, entry) }
                start += 1
            }
            (finished, start) = ([], 0)
            return nil
        }

        /// Adds an operation that has finished.
        mutating func add(_ key: IdempotencyKey, _ entry: Entry) {
            entries[key] = entry
            bytes += entry.response?.bytes ?? 0
            finished.append((key, entry.number))
            if start > 64, start > finished.count / 2 {
                finished.removeFirst(start)
                start = 0
            }
        }
    }

    private let limits: IdempotencyLimits
    private let lifetime: Duration
    private var shelves: [TenantScope: Shelf] = [:]
    private var lastNumber: UInt64 = 0
    private var lastSweep: Instant?
    package private(set) var bytes = 0

    package init(_ limits: IdempotencyLimits) {
        self.limits = limits
        lifetime = .seconds(3600 * limits.hours)
    }

    package var count: Int { shelves.values.reduce(0) { $0 + $1.entries.count } }

    /// Records that a request with this key arrived.
    package mutating func arrive(_ key: IdempotencyKey, in scope: TenantScope, now: Instant) -> Arrival {
        if let entry = shelves[scope]?.entries[key] {
            guard let response = entry.response else { return .inProgress }
            if entry.expiry > now { return .finished(response) }
            remove(key, in: scope)
        }
        lastNumber += 1
        shelves[scope, default: Shelf()].entries[key] = Entry(number: lastNumber, expiry: now)
        return .first(lastNumber)
    }

    /// Stores the response of the operation that got `number`, and forgets older ones if there is no room.
    package mutating func finish(_ number: UInt64, _ key: IdempotencyKey, in scope: TenantScope, _ response: StoredResponse, now: Instant) {
        guard shelves[scope]?.entries[key]?.number == number else { return }
        let expiry = now + lifetime
        shelves[scope]?.add(key, Entry(number: number, response: response, expiry: expiry))
        bytes += response.bytes
        sweep(now)
        trim(scope)
        while bytes > limits.memoryBytes, let largest = shelves.max(by: { $0.value.bytes < $1.value.bytes })?.key {
            guard removeOldest(of: largest) else { return }
        }
    }

    /// Forgets an operation that had no result to repeat: the next request with its key is executed.
    package mutating func abandon(_ number: UInt64, _ key: IdempotencyKey, in scope: TenantScope) {
        if let entry = shelves[scope]?.entries[key], entry.number == number, entry.response == nil { remove(key, in: scope) }
    }

    private mutating func trim(_ scope: TenantScope) {
        while isOverLimit(scope), removeOldest(of: scope) {}
    }

    private func isOverLimit(_ scope: TenantScope) -> Bool {
        guard let shelf = shelves[scope] else { return false }
        return shelf.entries.count > limits.keysPerTenant || shelf.bytes > limits.tenantBytes
    }

    /// Removes what has expired, once in a twenty-fourth of the lifetime.
    private mutating func sweep(_ now: Instant) {
        guard lastSweep.map({ now - $0 >= lifetime / 24 }) ?? true else { return }
        lastSweep = now
        for scope in Array(shelves.keys) {
            while let (key, entry) = shelves[scope]?.oldest(), entry.expiry <= now { remove(key, in: scope) }
        }
    }

    private mutating func removeOldest(of scope: TenantScope) -> Bool {
        guard let (key, _) = shelves[scope]?.oldest() else { return false }
        remove(key, in: scope)
        return true
    }

    private mutating func remove(_ key: IdempotencyKey, in scope: TenantScope) {
        bytes -= shelves[scope]?.entries[key]?.response?.bytes ?? 0
        shelves[scope]?.remove(key)
        if shelves[scope]?.entries.isEmpty == true { shelves[scope] = nil }
    }
}
