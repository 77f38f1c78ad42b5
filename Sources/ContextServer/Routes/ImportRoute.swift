import Catalog
import HTTPTypes
import Hummingbird
import Ingest
import JSON
import Logging
import NIOCore
import ServiceLifecycle
import Tenancy

/// `POST /v1/documents/import`: NDJSON in, NDJSON out as it goes.
struct ImportRoute: Sendable {
    let services: ServerServices
    let limits: ServerConfiguration

    func add(to endpoints: Endpoints) {
        endpoints.tenant(.post, "/v1/documents/import", needs: .write) { request, context, caller in
            let types = ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json", "text/plain"]
            if let type = request.mediaType, !types.contains(type), type != "application/octet-stream" {
                throw Problem(
                    status: .unsupportedMediaType, code: "unsupported_media_type", detail: "this route takes application/x-ndjson")
            }
            let body = request.body
            return Response(
                status: .ok, headers: [.contentType: "application/x-ndjson"],
                body: ResponseBody { writer in
                    var run = ImportRun(pipeline: services.pipeline, scope: caller.scope, limits: limits) {
                        // An import may take hours: a key revoked meanwhile ends it before its next batch is written.
                        guard try await services.catalog.isValid(caller.key, in: caller.scope) else {
                            throw Problem.unauthenticated(.invalid)
                        }
                        if Task.isShuttingDownGracefully { throw CancellationError() }
                    }
                    do {
                        for try await buffer in body {
                            if Task.isShuttingDownGracefully { throw CancellationError() }
                            for line in try await run.feed(buffer.readableBytesView) { try await writer.write(Self.line(line)) }
                        }
                        for line in try await run.finish() { try await writer.write(Self.line(line)) }
                    } catch {
                        // The status is long sent: what ended the import is its last line.
                        if Problem(error).code == "internal" {
                            context.logger.error("import failed", metadata: ["error": "\(error)"])
                        }
                        try await writer.write(Self.line(run.summary(error: Problem(error))))
                    }
                    try await writer.finish(nil)
                })
        }
    }

    private static func line(_ value: JSONValue) -> ByteBuffer { ByteBuffer(bytes: value.serialized() + [UInt8(ascii: "\n")]) }
}
