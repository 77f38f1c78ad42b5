import Tenancy

/// Which tenants' indexes are open, what memory they take, and which is to go first. Reads no clock and closes nothing;
/// guarded by a lock of `Collections`.
struct OpenIndexes {
    private struct Entry {
        let collection: TenantCollection
        /// Callers that are opening, feeding or closing it. One that only searches is not counted: it holds the index.
        var users = 0
        var bytes = 0
        var lastUse: UInt64 = 0
    }

    /// Bytes that indexes may take, with what closed ones have left until the allocator returns it.
    let budget: Int
    /// What closed ones may leave before it is returned.
    let leavings: Int
    /// Bytes that open ones take, those about to be opened by estimate.
    private(set) var bytes = 0
    private var entries: [TenantID: Entry] = [:]
    private var uses: UInt64 = 0

    init(budget: Int) {
        self.budget = budget
        leavings = min(64 << 20, budget / 16)
    }

    var collections: [TenantCollection] { entries.values.map(\.collection) }
    var openCount: Int { entries.values.count { $0.bytes > 0 } }

    /// The tenant's collection, made if there is none or only one of a tenant that had the name before. The caller `leave`s.
    mutating func enter(_ scope: TenantScope, make: () -> TenantCollection) -> TenantCollection {
        uses += 1
        if let entry = entries[scope.tenant], entry.collection.scope != scope { forget(entry.collection) }
        var entry = entries[scope.tenant] ?? Entry(collection: make())
        entry.users += 1
        entry.lastUse = uses
        entries[scope.tenant] = entry
        return entry.collection
    }

    /// Ends a use. What is not open, and nobody uses, costs nothing.
    mutating func leave(_ collection: TenantCollection) {
        guard var entry = entry(of: collection) else { return }
        entry.users -= 1
        entries[collection.scope.tenant] = entry.users == 0 && entry.bytes == 0 ? nil : entry
    }

    mutating func resize(_ collection: TenantCollection, to size: Int) {
        guard var entry = entry(of: collection) else { return }
        bytes += size - entry.bytes
        entry.bytes = size
        entries[collection.scope.tenant] = entry
    }

    /// While open ones exceed their part of the budget, the one that was used least recently and that nobody is opening or
    /// feeding. The caller has entered it, and `leave`s.
    mutating func enterVictim(sparing: Set<ObjectIdentifier>) -> TenantCollection? {
        guard bytes > budget - leavings else { return nil }
        let idle = entries.values.lazy.filter { entry in
            entry.users == 0 && entry.bytes > 0 && !sparing.contains(ObjectIdentifier(entry.collection))
        }
        guard let victim = idle.min(by: { $0.lastUse < $1.lastUse })?.collection else { return nil }
        entries[victim.scope.tenant]?.users += 1
        return victim
    }

    /// Drops the entry of a tenant that is no more.
    mutating func forget(_ collection: TenantCollection) {
        guard let entry = entry(of: collection) else { return }
        bytes -= entry.bytes
        entries[collection.scope.tenant] = nil
    }

    private func entry(of collection: TenantCollection) -> Entry? {
        entries[collection.scope.tenant].flatMap { $0.collection === collection ? $0 : nil }
    }
}
