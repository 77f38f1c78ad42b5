import Embeddings
import HTTPTypes
import Hummingbird
import JSON
import Logging
import Tenancy

extension HTTPField.Name {
    static let requestID = HTTPField.Name("X-Request-Id")!
}

/// Assigns each request its ID, returns it in a header, logs and counts the outcome, and turns every error into a response in the format of
/// its path.
///
/// The log line (see `RequestSpan`) has no paths or bodies, which may contain tenants' text.
struct RequestIDMiddleware: RouterMiddleware {
    let meter: RequestMeter
    /// The logger of all requests: making one for each costs more than a copy.
    private let logger: Logger

    init(meter: RequestMeter, level: Logger.Level) {
        self.meter = meter
        var logger = Logger(label: "contextd.http")
        logger.logLevel = level
        self.logger = logger
    }

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = Self.accepted(request.headers[.requestID]) ?? Self.fresh()
        context.logger = logger
        context.logger[metadataKey: "request"] = .string(context.requestID)
        let start = ContinuousClock.now
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = self.response(to: error, request: request, context: context)
        }
        if request.method == .head { response = response.withoutBody }
        response.headers[.requestID] = context.requestID
        response.headers[.xContentTypeOptions] = "nosniff"
        return response.ending(
            RequestSpan(
                method: request.method, route: context.endpointPath, status: response.status, start: start, meter: meter,
                logger: context.logger))
    }

    private func response(to error: any Error, request: Request, context: ServerContext) -> Response {
        let problem = Problem(error)
        if problem.status.kind == .serverError && problem.code == "internal" {
            context.logger.error("internal error", metadata: ["error": "\(String(reflecting: error).shortened(toBytes: 500))"])
        } else if let error = error as? EmbeddingError, problem.status.kind == .serverError {
            context.logger.warning("embedding failed", metadata: ["code": "\(problem.code)", "error": "\(error)"])
        } else {
            context.logger.debug("request refused", metadata: ["code": "\(problem.code)"])
        }
        return problem.response(in: ErrorFormat(path: request.uri.path), requestID: context.requestID)
    }

    /// Returns the ID if it has 1 to 128 visible ASCII characters: anything else could forge log lines.
    private static func accepted(_ id: String?) -> String? {
        guard let id, (1...128).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return id
    }

    private static func fresh() -> String {
        var generator = SystemRandomNumberGenerator()
        return "req_" + randomText(length: 16, using: &generator)
    }
}

extension Response {
    /// The response to `HEAD`: the same head, without a length that the response to `GET` does not have.
    fileprivate var withoutBody: Response {
        var response = createHeadResponse()
        response.headers[.contentLength] = headers[.contentLength]
        return response
    }
}

extension Problem {
    func response(in format: ErrorFormat, requestID: String) -> Response {
        var response =
            switch format {
            case .openAI: Response.json(openAIDocument, status: status)
            case .jsonRPC: Response.json(rpcDocument(requestID: requestID), status: status)
            case .problem: Response.json(document(requestID: requestID), status: status, contentType: ErrorFormat.problemType)
            }
        for field in headers { response.headers.append(field) }
        return response
    }
}
