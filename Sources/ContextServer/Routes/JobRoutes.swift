import Catalog
import HTTPTypes
import Hummingbird
import Ingest
import JSON
import NIOCore
import Tenancy

/// `GET /v1/jobs/{id}` and its events, and the routes that retry and cancel a job.
struct JobRoutes: Sendable {
    let jobs: JobQueue
    let catalog: CatalogStore

    static func path(of job: String) -> String { "/v1/jobs/\(job)" }

    func add(to endpoints: Endpoints) {
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

    @concurrent private func write(job id: String, _ caller: Caller, to writer: inout any ResponseBodyWriter) async throws {
        var watch = JobWatch(of: id, jobs: jobs, catalog: catalog, scope: caller.scope)
        while let record = await watch.next() {
            try await writer.write(ByteBuffer(string: "event: \(record.stage.rawValue)\ndata: \(JSONValue.object(record.json))\n\n"))
        }
        try await writer.finish(nil)
    }
}
