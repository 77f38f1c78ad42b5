import Accounting
import Catalog
import Completions
import Embeddings
import HTTPTypes
import Hummingbird
import Extraction
import Ingest
import JSON
import Memory
import NIOCore
import NIOHTTP1
import Retrieval
import Workers

// The mapping of every module's errors to problems. Each switch is exhaustive: a new code has to choose its status.
extension Problem {
    init(_ error: any Error) {
        self =
            switch error {
            case let error as Problem: error
            case let error as JSONError: .json(error)
            case let error as JSONFieldError: .invalid("\(error)", field: error.path)
            case let error as CatalogError: Self.catalog(error)
            case let error as RetrievalError: Self.retrieval(error)
            case let error as ExtractError: Self.ingest(IngestFailure(error))
            case let error as IngestFailure: Self.ingest(error)
            case let error as EmbeddingError: Self.embedding(error)
            case let error as CompletionError: Self.completion(error)
            case let error as AccountingError: Self.accounting(error)
            case let error as MemoryShortage: Self.memory(error)
            case is WorkerPoolFull: .overloaded("the worker queue is full; try again in a moment")
            case is CancellationError: .overloaded("the server is stopping; try again in a moment")
            case let error as HTTPError: Self.http(error)
            case is HTTPParserError: .invalid("the request is not valid HTTP")
            case is ChannelError, is IOError: Problem(status: .badRequest, code: "disconnected", detail: "the client disconnected")
            case is NIOTooManyBytesError: Problem(status: .contentTooLarge, code: "too_large", detail: "the body is too large")
            default: .internal
            }
    }

    private static func json(_ error: JSONError) -> Problem {
        guard error.code.isLimit else { return .invalid("the body is not valid JSON: \(error)", code: "invalid_json") }
        return Problem(
            status: .contentTooLarge, code: "json_too_large", detail: "the JSON exceeds a limit: \(error); send a smaller request")
    }

    private static func catalog(_ error: CatalogError) -> Problem {
        switch error.code {
        case .tenantNotFound, .keyNotFound, .documentNotFound, .jobNotFound: .notFound(error.detail)
        case .tenantExists: Problem(status: .conflict, code: "exists", detail: error.detail)
        case .jobFinished: Problem(status: .conflict, code: "finished", detail: error.detail)
        case .jobNotRetryable: Problem(status: .conflict, code: "not_retryable", detail: error.detail)
        case .queueFull: .overloaded(error.detail)
        case .unusable: .internal
        case .damaged: Problem(status: .internalServerError, code: "catalog_damaged", detail: error.detail)
        case .storageFull: Problem(status: insufficientStorage, code: "storage_full", detail: error.detail, headers: [.retryAfter: "10"])
        case .storageReadOnly: Problem(status: insufficientStorage, code: "storage_read_only", detail: error.detail)
        }
    }

    private static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")

    private static func memory(_ error: MemoryShortage) -> Problem {
        switch error.code {
        case .exhausted: .overloaded("the memory for requests and responses is exhausted; try again in a moment")
        case .impossible:
            Problem(
                status: .contentTooLarge, code: "too_large",
                detail: "the request needs \(error.bytes) bytes of memory, but the limit per tenant is \(error.most); see server.memory")
        }
    }

    private static func retrieval(_ error: RetrievalError) -> Problem {
        switch error.code {
        case .blankQuery, .queryTooLong: .invalid(error.detail, field: "query")
        case .limitOutOfRange: .invalid(error.detail, field: "limit")
        case .changing: .overloaded(error.detail)
        }
    }

    static func ingest(_ failure: IngestFailure) -> Problem {
        switch ExtractError.Code(rawValue: failure.code) {
        case .unsupportedMediaType:
            Problem(status: .unsupportedMediaType, code: "unsupported_media_type", detail: failure.detail)
        case .tooLarge: Problem(status: .contentTooLarge, code: "too_large", detail: failure.detail)
        case .undecodable, .empty, .malformed:
            Problem(status: .unprocessableContent, code: failure.code, detail: failure.detail)
        case nil:
            switch failure.code {
            case "embedding_rejected", "embedding_failed": Problem(status: .badGateway, code: failure.code, detail: failure.detail)
            case "interrupted": Problem(status: .internalServerError, code: failure.code, detail: failure.detail)
            default: .internal
            }
        }
    }

    private static func embedding(_ error: EmbeddingError) -> Problem {
        switch error.code {
        case .tooManyTexts, .invalidTokens: .invalid(error.detail, field: "input")
        case .overloaded: .overloaded("the embedding queue is full; try again in a moment")
        case .cancelled, .shuttingDown: .overloaded("the server is stopping; try again in a moment")
        case .modelMissing, .modelInvalid, .unsupported, .notFinite: .internal
        case .remoteUnavailable:
            upstream(.badGateway, "upstream_unavailable", "the embedding provider is unavailable; try again later", error)
        case .remoteBusy:
            upstream(.serviceUnavailable, "upstream_busy", "the embedding provider is overloaded; try again later", error)
        case .remoteTimeout:
            upstream(.gatewayTimeout, "upstream_timeout", "the embedding provider did not respond in time; try again later", error)
        case .remoteInvalid:
            upstream(.badGateway, "upstream_invalid", "the embedding provider returned an invalid response", error)
        case .remoteRejected:
            Problem(status: .badGateway, code: "upstream_rejected", detail: "the embedding provider rejected this text")
        }
    }

    /// Returns the problem of a failed embedding provider. Its address and its own messages stay in the log.
    private static func upstream(_ status: HTTPResponse.Status, _ code: String, _ detail: String, _ error: EmbeddingError) -> Problem {
        let seconds = min(max(error.retryAfterSeconds ?? 5, 1), 3600)
        return Problem(status: status, code: code, detail: detail, headers: [.retryAfter: "\(seconds)"])
    }

    private static func http(_ error: HTTPError) -> Problem {
        switch error.status {
        case .notFound: .noSuchRoute
        case .contentTooLarge: Problem(status: .contentTooLarge, code: "too_large", detail: "the body is too large")
        case let status where status.kind == .clientError:
            Problem(status: status, code: "invalid_request", detail: error.body ?? status.reasonPhrase)
        default: .internal
        }
    }
}
