import ByteText
import Catalog
import Citing
import Failure
import HTTPTypes
import Hummingbird
import Ingest
import JSON
import Memory
import Tenancy

/// `/v1/documents`: upload, replace, list, read, delete.
struct DocumentRoutes: Sendable {
    let catalog: CatalogStore
    let jobs: JobQueue
    let upload: Upload
    let work: TenantWork

    func add(to endpoints: Endpoints) {
        endpoints.tenant(.post, "/v1/documents", .uploadDocument(maximumBytes: upload.maximumBodyBytes), needs: .write) {
            request, context, caller in
            try catalog.checkRoom()
            return try await accept(request, context, caller) { try await upload.posted(request, context) }
        }
        endpoints.tenant(.put, "/v1/documents/:id", .putDocument(maximumBytes: upload.maximumBodyBytes), needs: .write) {
            request, context, caller in
            try catalog.checkRoom()
            return try await accept(request, context, caller) { try await upload.put(request, context, id: Self.newID(context)) }
        }
        endpoints.tenant(.get, "/v1/documents", .listDocuments, needs: .read, on: .workers, list)
        endpoints.tenant(.get, "/v1/documents/:id", .getDocument, needs: .read, isTimed: false) { request, context, caller in
            let (id, conditions) = (try Self.knownID(context), try Preconditions(request.headers))
            if let response = try smallState(of: id, conditions, context, caller) { return response }
            return try await work.run(for: caller, in: context, hasLargeBody: false, placement: .workers, isTimed: true) { context in
                try await state(of: id, conditions, context, caller)
            }
        }
        endpoints.tenant(.get, "/v1/documents/:id/content", .getDocumentContent, needs: .read, on: .workers) { request, context, caller in
            try await content(of: Self.knownID(context), Preconditions(request.headers), context, caller)
        }
        endpoints.tenant(.delete, "/v1/documents/:id", .deleteDocument, needs: .write) { request, context, caller in
            let condition = try Preconditions(request.headers).ofWrite
            guard try await jobs.delete(Self.knownID(context), if: condition, in: caller.scope) else { throw Self.notFound }
            return Response(status: .noContent)
        }
    }

    /// Returns 202 with a job to follow, or the outcome with `?wait=true`.
    private func accept(
        _ request: Request, _ context: ServerContext, _ caller: Caller, _ read: () async throws -> SourceDocument
    ) async throws -> Response {
        let waits = try request.flag("wait")
        let (id, job) = try await enqueued(caller, if: Preconditions(request.headers).ofWrite, read)
        guard waits else {
            return .json(["id": .string(id.rawValue), "status": "queued", "job_id": .string(job)], status: .accepted)
                .written(nil, at: JobRoutes.path(of: job))
        }
        // The catalog has the document now, and this request no longer holds it.
        context.memory.shrink(to: 0)
        var watch = JobWatch(of: job, jobs: jobs, catalog: catalog, scope: caller.scope)
        let record = try await watch.end()
        switch record.stage {
        case .ready:
            return .json([
                "id": .string(id.rawValue), "status": "ready", "job_id": .string(job), "chunks": record.counts.json,
            ]).written(record.version, at: "/v1/documents/\(PercentEncoding.encoded(id.rawValue))")
        case .cancelled:
            throw Failure(
                .conflict, code: "cancelled", "the document was deleted or replaced before this version was ready")
        case .failed, .queued, .running:
            throw IngestFailure(code: record.errorCode ?? "internal", detail: record.errorDetail ?? "")
        }
    }

    private func enqueued(
        _ caller: Caller, if condition: WriteCondition?, _ read: () async throws -> SourceDocument
    ) async throws -> (id: DocumentID, job: String) {
        let source = try await read()
        return (source.id, try await jobs.enqueue(source, if: condition, in: caller.scope))
    }

    private func list(_ request: Request, _ context: ServerContext, _ caller: Caller) async throws -> Response {
        let limit = try request.number("limit", default: Self.defaultPage, in: Self.pageLimits)
        let after = try request.queryValue("cursor").map(DocumentCursor.decode)
        return try await DocumentPage(catalog: catalog, scope: caller.scope, limit: limit).response(after: after, context)
    }

    /// Returns the state of a document that is small, so that it is read on the event loop; `nil` for any other, or if there is no memory
    /// for the largest small one.
    private func smallState(
        of id: DocumentID, _ conditions: Preconditions, _ context: ServerContext, _ caller: Caller
    ) throws -> Response? {
        guard context.memory.tryGrow(by: Self.smallMetadata + Self.smallChunks * Self.spanMemory) else { return nil }
        let job = try catalog.lookUpLatestJob(for: id, in: caller.scope)
        let found = try catalog.smallDocumentWithSpans(
            id, maximumChunks: Self.smallChunks, maximumMetadataBytes: Self.smallMetadata, in: caller.scope)
        return try found.map { try Self.state($0.record, $0.chunks, $0.parts, job, conditions) }
    }

    private func state(
        of id: DocumentID, _ conditions: Preconditions, _ context: ServerContext, _ caller: Caller
    ) async throws -> Response {
        let job = try await catalog.latestJob(for: id, in: caller.scope)
        guard let (record, chunks, parts) = try await ready(id, context, caller) else {
            guard let job, job.stage != .cancelled, job.stage != .ready else { throw Self.notFound }
            return .json(.object(job.documentJSON))
        }
        return try Self.state(record, chunks, parts, job, conditions)
    }

    private static func state(
        _ record: DocumentRecord, _ chunks: [ChunkPosition], _ parts: DocumentParts, _ job: JobRecord?, _ conditions: Preconditions
    ) throws -> Response {
        let tag = DocumentTag(record.version, showing: job)
        if let response = try conditions.notModified(tag) { return response }
        var object = record.json
        object.add(parts)
        object["spans"] = .array(
            chunks.map { chunk in
                var span: JSONObject = [
                    "chunk_id": .string(chunk.id), "start": .init(chunk.span.lowerBound), "end": .init(chunk.span.upperBound),
                ]
                span.add(chunk.parts.place)
                return .object(span)
            })
        if let job, !job.stage.isFinal { object["pending_job_id"] = .string(job.id) }
        object["error"] = job?.error ?? .null
        return .json(.object(object)).tagged(tag)
    }

    private func ready(
        _ id: DocumentID, _ context: ServerContext, _ caller: Caller
    ) async throws -> (DocumentRecord, [ChunkPosition], DocumentParts)? {
        do {
            let chunks = try await catalog.document(id, in: caller.scope).chunkCount
            try await context.makeRoom(for: upload.metadataLimits.bytes + chunks * Self.spanMemory)
            return try await catalog.documentWithSpans(id, in: caller.scope)
        } catch let error as CatalogError where error.code == .documentNotFound {
            return nil
        }
    }

    private func content(
        of id: DocumentID, _ conditions: Preconditions, _ context: ServerContext, _ caller: Caller
    ) async throws -> Response {
        let stored = try await catalog.document(id, in: caller.scope)
        if let response = try conditions.notModified(DocumentTag(stored.version)) { return response }
        try await context.makeRoom(for: Self.copiesWhileRead * stored.textBytes)
        let (record, text, _) = try await catalog.documentWithText(id, in: caller.scope)
        return Response(status: .ok, headers: [.contentType: "text/plain; charset=utf-8"], body: ResponseBody(bytes: text.utf8))
            .tagged(DocumentTag(record.version))
    }

    /// Number of chunks, and bytes of metadata, up to which a document's state is read on an event loop: some 50 µs.
    private static let (smallChunks, smallMetadata) = (32, 4 << 10)
    /// Memory of a chunk's span as JSON values and as text, in bytes.
    private static let spanMemory = 512
    /// Number of copies of a text in memory: the database reads it, hands it over, and it becomes a string.
    private static let copiesWhileRead = 3

    static let pageLimits = 1...1000
    static let defaultPage = 50

    static let notFound = Failure.notFound("no document has this id")

    /// Returns the ID in the path of a read or a delete; an ID that is not valid is reported as not found.
    private static func knownID(_ context: ServerContext) throws -> DocumentID {
        guard let id = context.pathParameter("id").flatMap(DocumentID.init) else { throw notFound }
        return id
    }

    private static func newID(_ context: ServerContext) throws -> DocumentID {
        guard let text = context.pathParameter("id") else { throw JSONFieldError(path: "id", reason: "is not percent-encoded UTF-8") }
        return try DocumentFields.documentID(text)
    }
}
