import Memory
import NIOCore
import Tenancy

extension MemoryOwner {
    init(_ tenant: TenantID) { self = .tenant(tenant.rawValue) }
}

extension ServerContext {
    /// Takes memory for the request. Where there is none, the connection is not read until there is.
    ///
    /// - Throws: `MemoryShortage`; `CancellationError`.
    func makeRoom(for bytes: Int, patience: Duration? = nil) async throws {
        if memory.tryGrow(by: bytes) { return }
        let gate = BodyGate.Handle(channel)
        gate.close()
        defer { gate.open() }
        try await memory.grow(by: bytes, patience: patience)
    }

    /// Takes memory for the values of a JSON document, where they are more than is usual for its size.
    ///
    /// - Parameter reservedCopies: how many times the document's size is reserved already, the document itself included.
    func makeRoom(forParsing document: [UInt8], reservedCopies: Int) async throws {
        let missing = document.count + JSONExpansion.estimate(document) - reservedCopies * document.count
        if missing > 0 { try await makeRoom(for: missing) }
    }
}

/// The memory of a body while it arrives.
///
/// A body of known size is taken memory for before its first byte is read. Of another, once it is no longer small, memory for the largest that
/// it may become: a request that waits for memory never holds much.
struct BodyMemory {
    private let context: ServerContext
    private let limit: Int
    private let copies: Int
    private let declared: Int?
    private var reserved = 0

    /// A body of unknown size is small up to here.
    private static let eagerBytes = 256 << 10

    /// - Parameters:
    ///   - declared: `Content-Length`.
    ///   - limit: the maximum size of the body.
    ///   - copies: how many times the body's size is in memory while the request is worked on.
    init(_ context: ServerContext, declared: Int?, limit: Int, copies: Int) {
        (self.context, self.declared, self.limit, self.copies) = (context, declared, limit, copies)
    }

    /// To be called before the body is read, with 0, and before `count` bytes of it are kept.
    mutating func makeRoom(for count: Int) async throws {
        let wanted = declared ?? (count > Self.eagerBytes ? limit : count)
        guard wanted > reserved else { return }
        try await context.makeRoom(for: (wanted - reserved) * copies)
        reserved = wanted
    }

    /// The body is there, and has so many bytes.
    func end(at count: Int) { context.memory.shrink(to: context.memory.held - (reserved - count) * copies) }
}
