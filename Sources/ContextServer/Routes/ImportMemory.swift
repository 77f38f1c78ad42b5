import Memory
import NIOCore
import ServiceLifecycle

/// The memory of one import: the unfinished line, and the documents that are not written yet.
///
/// While there is none, the client is not read. For a line that is no longer small, memory for the maximum size is reserved, so that a
/// waiting import never holds much, and one of the waiting imports can always continue.
struct ImportMemory {
    private let context: ServerContext
    private let maximumLineBytes: Int
    private var deadline: NIODeadline?

    /// Number of copies of a line in memory: its bytes, its values, and the document.
    private static let copies = 3
    /// Timeout for memory; it covers the work of other imports.
    private static let timeout = Duration.seconds(120)

    init(_ context: ServerContext, maximumLineBytes: Int) { (self.context, self.maximumLineBytes) = (context, maximumLineBytes) }

    /// Reserves memory. Call this before bytes are kept.
    ///
    /// - Throws: `MemoryShortage`; `Problem` if a large line does not end in time; `CancellationError` if the server stops.
    mutating func makeRoom(line: Int, batch: Int) async throws {
        try checkDeadline(line)
        let wanted = Self.copies * ((line > BodyMemory.eagerBytes ? maximumLineBytes : line) + batch)
        let missing = wanted - context.memory.held
        guard missing > 0 else { return }
        let start = NIODeadline.now()
        try await makeRoom(for: missing)
        excuse(since: start)
    }

    /// Reserves memory for the line's values. Call this before it is parsed.
    func makeRoom(forParsing line: [UInt8]) async throws {
        let missing = JSONExpansion.estimate(line) - (Self.copies - 1) * line.count
        if missing > 0 { try await makeRoom(for: missing) }
    }

    /// Extends the deadline of a large line by the time since `start`, in which the import did not read.
    mutating func excuse(since start: NIODeadline) { deadline = deadline.map { $0 + (NIODeadline.now() - start) } }

    /// Releases the memory beyond what this line and this batch need.
    func shrink(line: Int, batch: Int) {
        guard line <= BodyMemory.eagerBytes else { return }
        context.memory.shrink(to: Self.copies * (line + batch))
    }

    private func makeRoom(for bytes: Int) async throws {
        if context.memory.tryGrow(by: bytes) { return }
        try await cancelWhenGracefulShutdown { [context] in try await context.makeRoom(for: bytes, timeout: Self.timeout) }
    }

    /// Checks the deadline of a large line, which holds memory that others wait for: it has as long to arrive as a body.
    private mutating func checkDeadline(_ line: Int) throws {
        guard line > BodyMemory.eagerBytes else {
            deadline = nil
            return
        }
        let now = NIODeadline.now()
        let end = deadline ?? now + BodyDeadline.limit
        deadline = end
        guard now < end else { throw BodyDeadline.failure }
    }
}
