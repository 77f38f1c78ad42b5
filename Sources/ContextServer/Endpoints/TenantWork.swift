import Catalog
import Hummingbird
import Scheduling
import Tenancy

/// The threads on which a route's handler runs.
enum HandlerPlacement: Sendable {
    /// The connection's event loop, which is fastest. The handler's work there must not grow with the tenant's data. A request with a large
    /// body runs on the workers regardless.
    case eventLoop
    /// The worker threads, whose fair queue all tenants share.
    case workers
}

/// Runs the handlers of tenants' requests on the right threads and within their deadline.
struct TenantWork: Sendable {
    let workers: WorkerPool
    /// The deadline of read requests.
    let deadline: RequestDeadline

    /// Runs a handler for a caller.
    ///
    /// - Parameter isTimed: whether the request's task is cancelled at the deadline, and when its client disconnects.
    /// - Throws: `Failure.deadlineExceeded`; what `handler` throws.
    func run(
        for caller: Caller, in context: ServerContext, hasLargeBody: Bool, placement: HandlerPlacement, isTimed: Bool,
        _ handler: @escaping @Sendable (ServerContext) async throws -> Response
    ) async throws -> Response {
        guard placement == .workers || hasLargeBody else { return try await timed(isTimed, context) { try await handler(context) } }
        return try await onWorkers(for: caller, in: context, hasLargeBody ? .long : .brief) { context in
            try await timed(isTimed, context) { try await handler(context) }
        }
    }

    /// Runs `body` on the worker threads, whose fair queue all tenants share.
    func onWorkers<Value: Sendable>(
        for caller: Caller, in context: ServerContext, _ kind: WorkKind, _ body: (ServerContext) async throws -> Value
    ) async throws -> Value {
        let executor = workers.executor(for: WorkKey(caller.scope), kind)
        var context = context
        context.executor = executor
        return try await withTaskExecutorPreference(executor) { [context] in try await body(context) }
    }

    private func timed(
        _ isTimed: Bool, _ context: ServerContext, _ body: @escaping @Sendable () async throws -> Response
    ) async throws -> Response {
        isTimed ? try await deadline.run(on: context.channel, body) : try await body()
    }
}
