import Catalog
import Failure
import Ingest
import JSON
import MCP
import NIOCore
import Scheduling
import Tenancy

/// One import from its first byte to its last: it parses lines into documents and commits them to the catalog in batches.
///
/// Each batch is committed before it is reported: documents that a progress line counts as processed survive a crash.
struct ImportRun {
    private let route: ImportRoute
    private let scope: TenantScope
    private let parser: BodyParser
    /// A function that throws if the caller may no longer write.
    private let checkpoint: IngestPipeline.Checkpoint

    private var memory: ImportMemory
    private var splitter: MCPLineSplitter
    private var batch: [(line: Int, source: SourceDocument)] = []
    private var batchBytes = 0
    private var lineNumber = 0
    private var processed = 0
    private var failed = 0
    private var chunks = 0
    private var total = 0

    /// A batch is ingested at this many documents or bytes, whichever comes first.
    private static let batchDocuments = 64
    private static let batchLimitBytes = 1 << 20
    /// Maximum number of invalid lines that are reported individually; later ones are only counted. A client that reads only after it has
    /// sent everything would otherwise deadlock with the server.
    private static let maximumReports = 1000
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    init(_ route: ImportRoute, in scope: TenantScope, _ context: ServerContext, checkpoint: @escaping IngestPipeline.Checkpoint) {
        (self.route, self.scope, self.parser, self.checkpoint) = (route, scope, context.parser, checkpoint)
        memory = ImportMemory(context, maximumLineBytes: route.maximumLineBytes)
        splitter = MCPLineSplitter(maximumBytes: route.maximumLineBytes)
    }

    /// Processes the next bytes of the body.
    ///
    /// - Returns: the response lines that are due: invalid lines, and progress after each committed batch.
    mutating func feed(_ bytes: some Collection<UInt8>) async throws -> [JSONValue] {
        total += bytes.count
        guard total <= route.maximumBytes else { throw Problem.tooLarge(limit: route.maximumBytes) }
        try await memory.makeRoom(line: splitter.unfinishedBytes + bytes.count, batch: batchBytes)
        var reports: [JSONValue] = []
        for line in splitter.feed(bytes) { reports += try await take(line) }
        memory.shrink(line: splitter.unfinishedBytes, batch: batchBytes)
        return reports
    }

    /// Processes the end of the body.
    ///
    /// - Returns: the remaining response lines, the summary last.
    mutating func finish() async throws -> [JSONValue] {
        var reports: [JSONValue] = []
        if let line = splitter.finish() { reports += try await take(line) }
        reports += try await flush()
        return reports + [summary(error: nil)]
    }

    /// Returns the last line: totals, and the error that ended the import early, if any.
    func summary(error: Failure?) -> JSONValue {
        var object: JSONObject = [
            "done": .bool(error == nil), "processed": .init(processed), "failed": .init(failed), "chunks": .init(chunks),
        ]
        if let error { object["error"] = ["code": .string(error.code), "detail": .string(error.detail)] }
        return .object(object)
    }

    private mutating func take(_ line: [UInt8]) async throws -> [JSONValue] {
        lineNumber += 1
        guard line.count <= route.maximumLineBytes else {
            return failure(line: lineNumber, "the line is longer than \(route.maximumLineBytes) bytes")
        }
        let mark = lineNumber == 1 && line.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
        guard line.dropFirst(mark).contains(where: { $0 > 0x20 }) else { return [] }
        do {
            try await memory.makeRoom(forParsing: line)
            batch.append((lineNumber, try document(parser.value(line))))
            batchBytes += line.count
        } catch let error where error is CancellationError || error is WorkerPoolFull {
            throw error
        } catch {
            return failure(line: lineNumber, Failure(error).detail)
        }
        return batch.count >= Self.batchDocuments || batchBytes >= Self.batchLimitBytes ? try await flush() : []
    }

    private func document(_ value: JSONValue) throws -> SourceDocument {
        let (fields, text) = try DocumentFields.parse(JSONFields(value), allowsUnderscoreID: true, metadata: route.metadataLimits)
        return try Upload.source(fields, text: text, id: fields.id)
    }

    private mutating func flush() async throws -> [JSONValue] {
        guard !batch.isEmpty else { return [] }
        let work = batch
        // Large lines have ended: others may use the memory that was reserved for them while this batch is ingested.
        memory.shrink(line: splitter.unfinishedBytes, batch: batchBytes)
        (batch, batchBytes) = ([], 0)
        let start = NIODeadline.now()
        defer { memory.excuse(since: start) }
        var reports: [JSONValue] = []
        for (entry, outcome) in zip(work, try await route.pipeline.ingest(work.map(\.source), in: scope, checkpoint: checkpoint)) {
            switch outcome {
            case .success(let counts):
                processed += 1
                chunks += counts.embedded + counts.reused
            case .failure(let failure): reports += self.failure(line: entry.line, failure.detail)
            }
        }
        return reports + [["processed": .init(processed), "failed": .init(failed)]]
    }

    private mutating func failure(line: Int, _ reason: String) -> [JSONValue] {
        failed += 1
        return failed <= Self.maximumReports ? [["line": .init(line), "error": .string(reason)]] : []
    }
}
