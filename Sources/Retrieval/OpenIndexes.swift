import Tenancy

/// The tenants' open indexes, their memory use and which one to close first. Reads no clock and closes nothing; guarded by a lock of
/// `IndexRegistry`.
struct OpenIndexes {
    private struct Entry {
        let tenantIndex: TenantIndex
        /// Number of callers that are opening, updating or closing the index. A caller that only searches is not counted: it holds the
        /// index.
        var users = 0
        var bytes = 0
        var lastUse: UInt64 = 0
    }

    /// Maximum memory of the indexes in bytes, including memory that closed indexes left in the allocator.
    let budget: Int
    /// Bytes that closed indexes may leave in the allocator before it returns them to the system.
    let closedBytes: Int
    /// Memory of the open indexes in bytes; an estimate for those about to be opened.
    private(set) var bytes = 0
    private var entries: [TenantID: Entry] = [:]
    private var uses: UInt64 = 0

    init(budget: Int) {
        self.budget = budget
        closedBytes = min(64 << 20, budget / 16)
    }

    var indexes: [TenantIndex] { entries.values.map(\.tenantIndex) }
    var openCount: Int { entries.values.count { $0.bytes > 0 } }

    /// Returns the tenant's index; creates it if there is none or only that of an earlier tenant of the same name. The caller must
    /// call `leave`.
    mutating func enter(_ scope: TenantScope, make: () -> TenantIndex) -> TenantIndex {
        uses += 1
        if let entry = entries[scope.tenant], entry.tenantIndex.scope != scope { forget(entry.tenantIndex) }
        var entry = entries[scope.tenant] ?? Entry(tenantIndex: make())
        entry.users += 1
        entry.lastUse = uses
        entries[scope.tenant] = entry
        return entry.tenantIndex
    }

    /// Ends a use. Removes the entry of an index that is neither open nor in use.
    mutating func leave(_ tenantIndex: TenantIndex) {
        guard var entry = entry(of: tenantIndex) else { return }
        entry.users -= 1
        entries[tenantIndex.scope.tenant] = entry.users == 0 && entry.bytes == 0 ? nil : entry
    }

    mutating func resize(_ tenantIndex: TenantIndex, to size: Int) {
        guard var entry = entry(of: tenantIndex) else { return }
        bytes += size - entry.bytes
        entry.bytes = size
        entries[tenantIndex.scope.tenant] = entry
    }

    /// Returns the least recently used open index that no caller is opening or updating, while open indexes exceed their part of the
    /// budget. It counts as entered: the caller must call `leave`.
    mutating func enterVictim(sparing: Set<ObjectIdentifier>) -> TenantIndex? {
        guard bytes > budget - closedBytes else { return nil }
        let idle = entries.values.lazy.filter { entry in
            entry.users == 0 && entry.bytes > 0 && !sparing.contains(ObjectIdentifier(entry.tenantIndex))
        }
        guard let victim = idle.min(by: { $0.lastUse < $1.lastUse })?.tenantIndex else { return nil }
        entries[victim.scope.tenant]?.users += 1
        return victim
    }

    /// Removes the entry of a tenant that no longer exists.
    mutating func forget(_ tenantIndex: TenantIndex) {
        guard let entry = entry(of: tenantIndex) else { return }
        bytes -= entry.bytes
        entries[tenantIndex.scope.tenant] = nil
    }

    private func entry(of tenantIndex: TenantIndex) -> Entry? {
        entries[tenantIndex.scope.tenant].flatMap { $0.tenantIndex === tenantIndex ? $0 : nil }
    }
}
