import Memory
import NIOCore
import Retrieval
import Tenancy

extension MemoryOwner {
    init(_ tenant: TenantID) { self = .tenant(tenant.rawValue) }
}

extension ServerContext {
    /// Reserves memory for the request. While there is none, the connection is not read.
    ///
    /// - Throws: `MemoryShortage`; `CancellationError`.
    func makeRoom(for bytes: Int, timeout: Duration? = nil) async throws {
        if memory.tryGrow(by: bytes) { return }
        let gate = BodyGate.Handle(channel)
        gate.close()
        defer { gate.open() }
        try await memory.grow(by: bytes, timeout: timeout)
    }

    /// Reserves the memory of a JSON document's values that exceeds what is reserved for its size.
    ///
    /// - Parameter reservedCopies: number of copies of the document that are reserved already, the document itself included.
    func makeRoom(forParsing document: [UInt8], reservedCopies: Int) async throws {
        let missing = document.count + JSONExpansion.estimate(document) - reservedCopies * document.count
        if missing > 0 { try await makeRoom(for: missing) }
    }
}

/// The memory reservation of a body while it arrives.
///
/// Memory for a body of known size is reserved before its first byte is read. For a body of unknown size that is no longer small, memory
/// for the maximum size is reserved: a request that waits for memory never holds much.
struct BodyMemory {
    private let context: ServerContext
    private let limit: Int
    private let copies: Int
    private let declared: Int?
    private var reserved = 0

    /// Maximum size up to which memory for a body of unknown size, or for a line of an import, is reserved as it arrives, in bytes.
    static let eagerBytes = 256 << 10

    /// - Parameters:
    ///   - declared: `Content-Length`.
    ///   - limit: the maximum size of the body.
    ///   - copies: number of copies of the body in memory while the request is processed.
    init(_ context: ServerContext, declared: Int?, limit: Int, copies: Int) {
        (self.context, self.declared, self.limit, self.copies) = (context, declared, limit, copies)
    }

    /// Reserves memory for `count` bytes. Call this with 0 before the body is read, and before `count` bytes of it are kept.
    mutating func makeRoom(for count: Int) async throws {
        let wanted = declared ?? (count > Self.eagerBytes ? limit : count)
        guard wanted > reserved else { return }
        try await context.makeRoom(for: (wanted - reserved) * copies)
        reserved = wanted
    }

    /// Records that the body has arrived with `count` bytes, and releases the rest of its reservation.
    func end(at count: Int) { context.memory.shrink(to: context.memory.held - (reserved - count) * copies) }
}

extension SearchRequest {
    /// The maximum memory of the search's results, in bytes: as they are read, as values, and written.
    var resultMemory: Int { limit * 3 * (MetadataLimits().bytes + Self.resultBytes) }

    /// Memory of a passage with its title, URL and headings, in bytes.
    private static let resultBytes = 16 << 10
}
