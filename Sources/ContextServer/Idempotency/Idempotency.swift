import Failure
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import Tenancy

/// Executes a request with an `Idempotency-Key` once: its repetitions get the first response, if that was a success.
///
/// Responses are kept in memory only: a restart forgets them.
final class Idempotency: Sendable {
    private let limits: IdempotencyLimits
    /// Maximum size of a body, in bytes.
    private let maximumBodyBytes: Int
    private let records: Mutex<IdempotencyRecords>

    typealias Handler = @Sendable (Request, ServerContext, Caller) async throws -> Response

    init(_ limits: IdempotencyLimits, maximumBodyBytes: Int) {
        (self.limits, self.maximumBodyBytes) = (limits, maximumBodyBytes)
        records = Mutex(IdempotencyRecords(limits))
    }

    /// Returns the response of `handler`, or the stored one of an earlier request.
    ///
    /// - Throws: `Failure` 409 while the first request is in progress, 422 if it was another request; what `handler` throws.
    func run(_ request: Request, _ context: ServerContext, _ caller: Caller, _ handler: Handler) async throws -> Response {
        guard let key = try IdempotencyKey(request.headers) else { return try await handler(request, context, caller) }
        switch records.withLock({ $0.arrive(key, in: caller.scope, now: .now) }) {
        case .inProgress: throw Self.isInProgress
        case .finished(let stored):
            guard try await fingerprint(of: request, context) == stored.fingerprint else { throw Self.isReused }
            return stored.replayed
        case .first(let number):
            defer { records.withLock { $0.abandon(number, key, in: caller.scope) } }
            let (response, stored) = try await first(request, context, caller, handler)
            if let stored { records.withLock { $0.finish(number, key, in: caller.scope, stored, now: .now) } }
            return response
        }
    }

    /// Executes the request and returns its response, and what is stored of it.
    private func first(
        _ request: Request, _ context: ServerContext, _ caller: Caller, _ handler: Handler
    ) async throws -> (Response, StoredResponse?) {
        let fingerprint = RequestFingerprint(request)
        let body = FingerprintedBody(base: request.body, fingerprint: fingerprint)
        var request = request
        request.body = RequestBody(asyncSequence: body)
        var response = try await handler(request, context, caller)
        guard response.status.kind == .successful, let length = response.body.contentLength, length <= limits.responseBytes else {
            return (response, nil)
        }
        // The handler may need no body, but a repetition is compared with all of it.
        if !fingerprint.hasStarted {
            do { try await read(body, context) } catch { return (response, nil) }
        }
        let collector = CollectingWriter()
        try await response.body.write(collector)
        response.body = ResponseBody(bytes: collector.bytes.readableBytesView)
        let stored = StoredResponse(
            fingerprint: fingerprint.value, status: response.status, headers: response.headers, body: collector.bytes)
        return (response, stored)
    }

    private func fingerprint(of request: Request, _ context: ServerContext) async throws -> [UInt8] {
        let fingerprint = RequestFingerprint(request)
        try await read(FingerprintedBody(base: request.body, fingerprint: fingerprint), context)
        return fingerprint.value
    }

    /// Reads a body without keeping it.
    private func read(_ body: FingerprintedBody, _ context: ServerContext) async throws {
        BodyGate.Handle(context.channel).open()
        let deadline = BodyDeadline(on: context.channel)
        defer { deadline.cancel() }
        var count = 0
        for try await buffer in body {
            count += buffer.readableBytes
            guard count <= maximumBodyBytes else { throw Problem.tooLarge(limit: maximumBodyBytes) }
        }
    }

    private static let isInProgress = Failure(
        .conflict, code: "idempotency_in_progress", "a request with this Idempotency-Key is in progress; try again when it has ended",
        retryAfterSeconds: 1)
    private static let isReused = Failure(
        .unprocessable, code: "idempotency_key_reused",
        "this Idempotency-Key belongs to another request: method, path, query and body must be the same; use a new key")
}
