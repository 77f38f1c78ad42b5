import Memory
import NIOCore
import ServiceLifecycle

/// The memory of one import: the line that has not ended, and the documents that are not written yet.
///
/// Where there is none, the client is not read. A line that is no longer small is taken memory for as if it were of the maximum size, so that
/// an import that waits never holds much, and one of those that wait can always go on.
struct ImportMemory {
    private let context: ServerContext
    private let maximumLineBytes: Int
    private var deadline: NIODeadline?

    /// A line is there as bytes, as values, and as a document.
    private static let copies = 3
    /// Up to this size memory is taken as bytes come.
    private static let eagerBytes = 256 << 10
    /// An import may wait for others that are worked on.
    private static let patience = Duration.seconds(120)

    init(_ context: ServerContext, maximumLineBytes: Int) { (self.context, self.maximumLineBytes) = (context, maximumLineBytes) }

    /// To be called before bytes are kept.
    ///
    /// - Throws: `MemoryShortage`; `Problem` where a large line does not end; `CancellationError` where the server stops.
    mutating func makeRoom(line: Int, batch: Int) async throws {
        try checkDeadline(line)
        let wanted = Self.copies * ((line > Self.eagerBytes ? maximumLineBytes : line) + batch)
        let missing = wanted - context.memory.held
        guard missing > 0 else { return }
        let start = NIODeadline.now()
        try await makeRoom(for: missing)
        deadline = deadline.map { $0 + (NIODeadline.now() - start) }
    }

    /// To be called before a line is parsed.
    func makeRoom(forParsing line: [UInt8]) async throws {
        let missing = JSONExpansion.estimate(line) - (Self.copies - 1) * line.count
        if missing > 0 { try await makeRoom(for: missing) }
    }

    /// Gives back what is not needed while so much is kept.
    func shrink(line: Int, batch: Int) {
        guard line <= Self.eagerBytes else { return }
        context.memory.shrink(to: Self.copies * (line + batch))
    }

    private func makeRoom(for bytes: Int) async throws {
        if context.memory.tryGrow(by: bytes) { return }
        try await cancelWhenGracefulShutdown { [context] in try await context.makeRoom(for: bytes, patience: Self.patience) }
    }

    /// A large line holds memory that others wait for: it has as long to arrive as a body.
    private mutating func checkDeadline(_ line: Int) throws {
        guard line > Self.eagerBytes else {
            deadline = nil
            return
        }
        let now = NIODeadline.now()
        let end = deadline ?? now + BodyDeadline.limit
        deadline = end
        guard now < end else { throw BodyDeadline.problem }
    }
}
