import Failure
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Tenancy

extension Problem {
    /// Creates the problem of any error. Errors of the HTTP libraries are problems; all others say themselves what clients see.
    init(_ error: any Error) {
        self =
            switch error {
            case let error as Problem: error
            case let error as MissingPermission: .forbidden(error)
            case let error as HTTPError: Self.http(error)
            case is HTTPParserError: Problem(.invalid("the request is not valid HTTP"))
            case is ChannelError, is IOError: Problem(.invalid("the client disconnected", code: "disconnected"))
            case is NIOTooManyBytesError: Problem(.tooLarge("the body is too large"))
            default: Problem(Failure(error))
            }
    }

    private static func http(_ error: HTTPError) -> Problem {
        switch error.status {
        case .notFound: Problem(noSuchRoute)
        case .contentTooLarge: Problem(.tooLarge("the body is too large"))
        case let status where status.kind == .clientError:
            Problem(status: status, code: "invalid_request", detail: error.body ?? status.reasonPhrase)
        default: Problem(.internal)
        }
    }
}

extension HTTPResponse.Status {
    init(_ kind: Failure.Kind) {
        self =
            switch kind {
            case .invalid: .badRequest
            case .unauthenticated: .unauthorized
            case .quotaExceeded: HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required")
            case .forbidden: .forbidden
            case .notFound: .notFound
            case .requestTimedOut: .requestTimeout
            case .conflict: .conflict
            case .preconditionFailed: .preconditionFailed
            case .tooLarge: .contentTooLarge
            case .unsupportedFormat: .unsupportedMediaType
            case .unprocessable: .unprocessableContent
            case .rateLimited: .tooManyRequests
            case .internal: .internalServerError
            case .upstreamFailed: .badGateway
            case .unavailable: .serviceUnavailable
            case .deadlineExceeded: .gatewayTimeout
            case .storageUnavailable: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
            }
    }
}
