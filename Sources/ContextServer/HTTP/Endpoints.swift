import HTTPTypes
import Hummingbird
import Tenancy
import Foundation

/// The server's routes. Each is registered once, with what it needs of a key; the same table answers 405 for a known path.
final class Endpoints {
    let router: Router<ServerContext>
    private let authenticator: Authenticator
    private let shares: TenantShares
    private var methods: [String: [HTTPRequest.Method]] = [:]

    init(router: Router<ServerContext>, authenticator: Authenticator, shares: TenantShares) {
        (self.router, self.authenticator, self.shares) = (router, authenticator, shares)
    }

    /// A route that needs no key.
    func open(
        _ method: HTTPRequest.Method, _ path: String,
        _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
    ) {
        methods[path, default: []].append(method)
        router.on(RouterPath(path), method: method, use: handler)
        if method == .get && path != "/mcp" {
            methods[path, default: []].append(.head)
            router.on(RouterPath(path), method: .head, use: handler)
        }
    }

    /// A route of a tenant: the handler gets a caller whose key holds `permission`.
    func tenant(
        _ method: HTTPRequest.Method, _ path: String, needs permission: Permission,
        _ handler: @escaping @Sendable (Request, ServerContext, Caller) async throws -> Response
    ) {
        open(method, path) { [authenticator, shares] request, context in
            let caller = try await authenticator.caller(for: request.headers)
            try caller.require(permission)
            let place = try shares.permit(caller.scope.tenant)
            return try await handler(request, context, caller).holding(place)
        }
    }

    /// Answers 405 with `Allow` for every other method of the registered paths. Call last.
    func refuseOtherMethods() {
        let all: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
        for (path, allowed) in methods {
            for method in all where !allowed.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in throw Problem.methodNotAllowed(allowed) }
            }
        }
    }
}

extension ServerContext {
    /// A path parameter, percent-decoded; `nil` where the escapes are broken or give no UTF-8.
    func pathParameter(_ name: String) -> String? {
        parameters[name[...]].flatMap { String($0).removingPercentEncoding }
    }
}
