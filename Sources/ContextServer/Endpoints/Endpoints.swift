import ByteText
import HTTPTypes
import Hummingbird
import JSON
import Memory
import Tenancy

/// The server's routes. Each is registered once with the permission it requires and its description; the same table gives the OpenAPI
/// document, the checks of `RequestRules`, and the responses to other methods of known paths.
final class Endpoints {
    let router: Router<ServerContext>
    private let authenticator: Authenticator
    private let shares: TenantShares
    private let keys: KeyWatch
    private let work: TenantWork
    private let idempotency: Idempotency
    private var routes: [(method: HTTPRequest.Method, path: String, operation: APIOperation?)] = []

    init(
        router: Router<ServerContext>, authenticator: Authenticator, shares: TenantShares, keys: KeyWatch, work: TenantWork,
        idempotency: Idempotency
    ) {
        (self.router, self.authenticator, self.shares, self.keys, self.work) = (router, authenticator, shares, keys, work)
        self.idempotency = idempotency
    }

    /// Adds a route that needs no key, or checks the key itself.
    ///
    /// - Parameter operation: the route's description; `nil` for a method that is not part of the interface.
    func open(
        _ method: HTTPRequest.Method, _ path: String, _ operation: APIOperation?,
        _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
    ) {
        let rules = RequestRules(operation, path: path)
        register(method, path, operation) { request, context in
            try rules.check(request)
            return try await handler(request, context)
        }
    }

    private func register(
        _ method: HTTPRequest.Method, _ path: String, _ operation: APIOperation?,
        _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
    ) {
        routes.append((method, path, operation))
        router.on(RouterPath(path), method: method, use: handler)
        if method == .get && ErrorFormat(path: path) != .jsonRPC { register(.head, path, nil, handler) }
    }

    /// Adds a route of a tenant: its handler gets a caller whose key has `permission`.
    ///
    /// - Parameters:
    ///   - operation: the route's description; `nil` for another spelling of a described path.
    ///   - isTimed: whether requests have a deadline and end when their client disconnects; by default if `permission` is `.read`.
    ///   - watchesKey: whether the route itself ends its stream when the key is revoked; otherwise the connection is closed.
    func tenant(
        _ method: HTTPRequest.Method, _ path: String, _ operation: APIOperation?, needs permission: Permission,
        on placement: HandlerPlacement = .eventLoop, isTimed: Bool? = nil, watchesKey: Bool = false,
        _ handler: @escaping @Sendable (Request, ServerContext, Caller) async throws -> Response
    ) {
        let rules = RequestRules(operation, path: path)
        let heedsIdempotencyKey = operation?.heedsIdempotencyKey ?? false
        register(method, path, operation) { [authenticator, shares, keys, work, idempotency] request, context in
            let caller = try await authenticator.caller(for: request.headers, on: context.channel)
            try caller.require(permission)
            try rules.check(request)
            let place = try shares.permit(caller.scope.tenant)
            context.memory.assign(to: MemoryOwner(caller.scope.tenant))
            let response = try await work.run(
                for: caller, in: context, hasLargeBody: request.headers.mayBringLargeBody, placement: placement,
                isTimed: isTimed ?? (permission == .read)
            ) { context in
                guard heedsIdempotencyKey else { return try await handler(request, context, caller) }
                return try await idempotency.run(request, context, caller, handler)
            }
            .holding(place)
            return watchesKey ? response : response.watched(by: keys, for: caller, on: context.channel)
        }
    }

    /// Adds `GET /openapi.json`, which describes the registered routes and itself. Call this after the other routes.
    func describe() {
        let (path, operation) = ("/openapi.json", APIOperation.getOpenAPIDocument)
        let document = OpenAPIDocument.value(
            (routes + [(.get, path, operation)]).compactMap { method, path, operation in operation.map { (method, path, $0) } })
        let bytes = document.serialized()
        open(.get, path, operation) { _, _ in .json(bytes: bytes) }
    }

    /// Adds `OPTIONS` to the registered paths, and a 405 response for every other method, both with `Allow`. Neither needs a key: the
    /// OpenAPI document lists the methods too. Call this last.
    func completeMethods() {
        for (path, routes) in Dictionary(grouping: routes, by: \.path) {
            let registered = routes.map(\.method)
            let allowed = AllowedMethods(registered)
            if !registered.contains(.options) {
                router.on(RouterPath(path), method: .options) { _, _ in allowed.response }
            }
            for method in AllowedMethods.all where method != .options && !registered.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in throw Problem.methodNotAllowed(allowed) }
            }
        }
    }
}

extension ServerContext {
    /// Returns a path parameter, percent-decoded; `nil` if its escapes are malformed or not UTF-8.
    func pathParameter(_ name: String) -> String? {
        parameters[name[...]].flatMap { PercentEncoding.text($0) }
    }
}
