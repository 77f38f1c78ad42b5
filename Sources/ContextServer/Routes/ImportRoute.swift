import Catalog
import Failure
import HTTPTypes
import Hummingbird
import Ingest
import JSON
import Logging
import NIOCore
import Scheduling
import ServiceLifecycle
import Tenancy

/// `POST /v1/documents/import`: reads NDJSON and streams progress as NDJSON.
struct ImportRoute: Sendable {
    let pipeline: IngestPipeline
    let catalog: CatalogStore
    let keys: KeyWatch
    /// Maximum size of a line, in bytes.
    let maximumLineBytes: Int
    /// Maximum size of an import, in bytes.
    let maximumBytes: Int
    let metadataLimits: MetadataLimits
    /// Timeout of a wait for the client, in seconds.
    let idleSeconds: Int

    func add(to endpoints: Endpoints) {
        endpoints.tenant(
            .post, "/v1/documents/import", .importDocuments(maximumBytes: maximumBytes), needs: .write, watchesKey: true
        ) { request, context, caller in
            let types = ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json", "text/plain"]
            if let type = request.mediaType, !types.contains(type), type != "application/octet-stream" {
                throw Failure(
                    .unsupportedFormat, code: "unsupported_media_type", "Content-Type must be application/x-ndjson")
            }
            try Preconditions.refuse(request.headers)
            try catalog.checkRoom()
            let body = request.body
            context.channel.askForBody()
            return Response(
                status: .ok, headers: [.contentType: "application/x-ndjson"],
                body: ResponseBody { writer in
                    let watch = keys.begin(caller)
                    let registration = watch.signal.whenFired { Self.endReading(on: context.channel) }
                    defer { watch.signal.forget(registration) }
                    // The lines are parsed and prepared on the worker threads, whose fair queue all tenants share.
                    try await withTaskExecutorPreference(catalog.workers.executor(for: WorkKey(caller.scope), .long)) {
                        var run = ImportRun(self, in: caller.scope, context) {
                            // An import may take hours: if its key is revoked meanwhile, it ends before the next batch is written.
                            guard try await catalog.isValid(caller.key, in: caller.scope) else {
                                throw Problem.invalidKey
                            }
                            if Task.isShuttingDownGracefully { throw CancellationError() }
                        }
                        BodyGate.Handle(context.channel).open()
                        let wait = BodyWait(on: context.channel, limit: .seconds(Int64(idleSeconds)))
                        defer { wait.stop() }
                        do {
                            for try await buffer in WaitedBody(base: body, wait: wait) {
                                if Task.isShuttingDownGracefully { throw CancellationError() }
                                for line in try await run.feed(buffer.readableBytesView) { try await writer.write(Self.line(line)) }
                            }
                            for line in try await run.finish() { try await writer.write(Self.line(line)) }
                        } catch {
                            // The status was sent long ago, so the last line reports the error that ended the import.
                            let failure = Problem(error).failure
                            if failure.code == "internal" {
                                context.logger.error("import failed", metadata: ["error": "\(error)"])
                            }
                            try await writer.write(Self.line(run.summary(error: failure)))
                        }
                        try await writer.finish(nil)
                    }
                })
        }
    }

    /// Stops reading a body whose key was revoked: the import then writes its last line.
    private static func endReading(on channel: any Channel) {
        channel.eventLoop.execute { channel.pipeline.fireErrorCaught(Problem.invalidKey) }
    }

    private static func line(_ value: JSONValue) -> ByteBuffer { ByteBuffer(bytes: value.serialized() + [UInt8(ascii: "\n")]) }
}
