import Catalog
import Failure
import HTTPTypes
import Hummingbird
import Ingest
import JSON
import NIOCore
import Tenancy

/// `GET /v1/jobs`, `GET /v1/jobs/{id}` and its events, and the routes that retry and cancel a job.
struct JobRoutes: Sendable {
    let jobs: JobQueue
    let catalog: CatalogStore

    static func path(of job: String) -> String { "/v1/jobs/\(job)" }

    static let pageLimits = 1...1000
    static let defaultPage = 50
    /// Memory of a job as a record, as JSON values and as text, in bytes.
    private static let jobMemory = 4 << 10

    func add(to endpoints: Endpoints) {
        endpoints.tenant(.get, "/v1/jobs", .listJobs, needs: .read, on: .workers, list)
        endpoints.tenant(.get, "/v1/jobs/:id", .getJob, needs: .read) { _, context, caller in
            .json(.object(try await catalog.job(context.pathParameter("id") ?? "", in: caller.scope).json))
        }
        endpoints.tenant(
            .delete, "/v1/jobs/:id", .cancelJob, needs: .write
        ) { _, context, caller in
            try await jobs.cancel(context.pathParameter("id") ?? "", in: caller.scope)
            return Response(status: .noContent)
        }
        endpoints.tenant(
            .post, "/v1/jobs/:id/retry", .retryJob, needs: .write
        ) { _, context, caller in
            let job = try await jobs.retry(context.pathParameter("id") ?? "", in: caller.scope)
            return Response.json(.object(job.json), status: .accepted).written(nil, at: Self.path(of: job.id))
        }
        endpoints.tenant(
            .get, "/v1/jobs/:id/events", .streamJobEvents, needs: .read
        ) { _, context, caller in
            // The job is looked up before the stream opens, so that another tenant's job is a plain 404.
            let id = try await catalog.job(context.pathParameter("id") ?? "", in: caller.scope).id
            return Response(
                status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-cache"],
                body: ResponseBody { writer in try await write(job: id, caller, to: &writer) })
        }
    }

    private func list(_ request: Request, _ context: ServerContext, _ caller: Caller) async throws -> Response {
        let limit = try request.number("limit", default: Self.defaultPage, in: Self.pageLimits)
        let before = try request.queryValue("cursor").map(JobCursor.decode)
        let stage = try request.queryValue("status").map(Self.stage)
        try await context.makeRoom(for: limit * Self.jobMemory)
        let page = try await catalog.jobs(in: stage, before: before, limit: limit, in: caller.scope)
        var counts = JSONObject()
        for stage in JobRecord.Stage.allCases { counts[stage.rawValue] = .init(page.counts[stage] ?? 0) }
        return .json([
            "data": .array(page.jobs.map { .object($0.json) }), "counts": .object(counts),
            "next_cursor": page.next.map { .string(JobCursor.encode($0)) } ?? .null,
        ])
    }

    private static func stage(_ text: String) throws -> JobRecord.Stage {
        guard let stage = JobRecord.Stage(rawValue: text) else {
            let names = JobRecord.Stage.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure.invalid("status must be one of \(names)", field: "status")
        }
        return stage
    }

    @concurrent private func write(job id: String, _ caller: Caller, to writer: inout any ResponseBodyWriter) async throws {
        var watch = JobWatch(of: id, jobs: jobs, catalog: catalog, scope: caller.scope)
        while let record = await watch.next() {
            try await writer.write(ByteBuffer(string: "event: \(record.stage.rawValue)\ndata: \(JSONValue.object(record.json))\n\n"))
        }
        try await writer.finish(nil)
    }
}
