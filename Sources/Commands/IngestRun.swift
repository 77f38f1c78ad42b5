import Catalog
import Extraction
import Foundation
import Ingest
import JSON
import Tenancy

/// The outcome of an ingest command.
struct IngestSummary {
    var processed = 0
    var skipped = 0
    var failed = 0
    var chunks = 0
    var problems: [(file: String, reason: String)] = []

    func print(json: Bool) throws {
        let summary: JSONValue = [
            "processed": .init(processed), "skipped": .init(skipped), "failed": .init(failed), "chunks": .init(chunks),
            "problems": .array(problems.map { ["file": .string($0.file), "reason": .string($0.reason)] }),
        ]
        let lines = problems.map { "\($0.file.escapingControls): \($0.reason)" }
        try Output.print(
            summary, asJSON: json, lines + ["\(processed) documents in \(chunks) passages; \(skipped) skipped, \(failed) failed"])
    }
}

/// A destination that makes a batch of documents searchable, in this process or in a running server.
protocol Uploader: Sendable {
    /// Uploads a batch and returns, for each document, its number of chunks or the reason for its failure.
    func upload(_ batch: [SourceDocument]) async throws -> [Result<Int, IngestFailure>]
}

/// An ingest run, which reads files, uploads them in batches, and shows its progress.
struct IngestRun {
    let files: FileList
    let uploader: any Uploader

    private static let batchFiles = 8
    private static let batchBytes = 2 << 20
    /// Maximum file size, in bytes. Larger files are rejected before they are completely in memory.
    private static let maximumFileBytes = ExtractLimits().maxBytes

    func run() async throws -> IngestSummary {
        var summary = IngestSummary()
        summary.failed = files.problems.count
        summary.problems = files.problems
        var progress = ProgressBar(total: files.files.count, unit: "documents")
        var batch: [(file: FileList.File, source: SourceDocument)] = []
        var bytes = 0
        for file in files.files {
            do {
                let source = try Self.read(file)
                batch.append((file, source))
                bytes += source.bytes.count
            } catch {
                summary.failed += 1
                summary.problems.append((file.path, CommandFailure.line(for: error)))
                progress.advance(1)
            }
            if batch.count >= Self.batchFiles || bytes >= Self.batchBytes {
                try await flush(&batch, &summary, &progress)
                bytes = 0
            }
        }
        try await flush(&batch, &summary, &progress)
        progress.finish()
        return summary
    }

    private func flush(
        _ batch: inout [(file: FileList.File, source: SourceDocument)], _ summary: inout IngestSummary, _ progress: inout ProgressBar
    ) async throws {
        guard !batch.isEmpty else { return }
        for (entry, outcome) in zip(batch, try await uploader.upload(batch.map(\.source))) {
            switch outcome {
            case .success(let chunks):
                summary.processed += 1
                summary.chunks += chunks
            case .failure(let failure):
                let isSkipped = failure.code == ExtractError.Code.unsupportedMediaType.rawValue && !entry.file.isExplicit
                summary.skipped += isSkipped ? 1 : 0
                summary.failed += isSkipped ? 0 : 1
                summary.problems.append((entry.file.path, (isSkipped ? "skipped: " : "") + failure.detail))
            }
        }
        progress.advance(batch.count)
        batch = []
    }

    private static func read(_ file: FileList.File) throws -> SourceDocument {
        SourceDocument(
            id: file.id, bytes: try FolderEntry.read(file.path, limit: maximumFileBytes), contentType: nil,
            fileName: URL(filePath: file.path).lastPathComponent)
    }
}

/// An uploader that writes to the data directory, which this process owns.
struct LocalUploader: Uploader {
    let pipeline: IngestPipeline
    let scope: TenantScope

    func upload(_ batch: [SourceDocument]) async throws -> [Result<Int, IngestFailure>] {
        try await pipeline.ingest(batch, in: scope).map { $0.map { $0.embedded + $0.reused } }
    }
}

/// An uploader that sends documents to a running server, up to `width` at a time.
struct RemoteUploader: Uploader {
    let client: ServerClient

    private static let width = 4

    func upload(_ batch: [SourceDocument]) async throws -> [Result<Int, IngestFailure>] {
        await withTaskGroup(of: (Int, Result<Int, IngestFailure>).self) { group in
            var outcomes: [Int: Result<Int, IngestFailure>] = [:]
            for (place, source) in batch.enumerated() {
                if place >= Self.width, let (sent, outcome) = await group.next() { outcomes[sent] = outcome }
                group.addTask { (place, await upload(source)) }
            }
            for await (sent, outcome) in group { outcomes[sent] = outcome }
            return batch.indices.map { outcomes[$0] ?? .failure(IngestFailure(code: "internal", detail: "not sent")) }
        }
    }

    private func upload(_ source: SourceDocument) async -> Result<Int, IngestFailure> {
        do {
            let type = try DocumentFormat.detect(contentType: nil, fileName: source.fileName, bytes: source.bytes)
            // Without a charset, so that the server detects the encoding as local ingestion does.
            let contentType = type == .image ? "application/octet-stream" : type.mediaType.essence
            return .success(try await client.put(source.id.rawValue, bytes: source.bytes, contentType: contentType))
        } catch let error as ExtractError {
            return .failure(IngestFailure(error))
        } catch {
            return .failure(IngestFailure(code: "server", detail: CommandFailure.line(for: error)))
        }
    }
}
