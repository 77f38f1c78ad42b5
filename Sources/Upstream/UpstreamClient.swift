internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// An HTTP client for one provider: its base URL, its key, and retries after failures. A value; the transport owns the connections.
public struct UpstreamClient: Sendable {
    /// The header that carries the key.
    public enum KeyHeader: Sendable {
        /// `Authorization: Bearer KEY`.
        case bearer
        /// A header of that name that contains only the key, such as `x-api-key`.
        case named(String)
    }

    public let base: BaseURL
    private let key: Secret?
    private let keyHeader: KeyHeader
    private let transport: UpstreamTransport
    private let pacing: UpstreamPacing

    /// Maximum size of an error response that is kept, in bytes.
    private static let answerBytes = 16 << 10

    public init(
        base: BaseURL, key: Secret?, keyHeader: KeyHeader = .bearer, transport: UpstreamTransport, pacing: UpstreamPacing = .live
    ) {
        (self.base, self.key, self.keyHeader, self.transport, self.pacing) = (base, key, keyHeader, transport, pacing)
    }

    /// Sends a request, with retries, and waits for the complete response.
    ///
    /// - Throws: the error of the last attempt: see `UpstreamError.Code`.
    public func send(_ request: UpstreamRequest) async throws(UpstreamError) -> UpstreamResponse {
        try await retrying(request) { () async throws(UpstreamError) -> UpstreamResponse in
            let stream = try await attempt(request)
            var body: [UInt8] = []
            let parts = stream.body.makeAsyncIterator()
            while let part = try await parts.next() { body.append(contentsOf: part) }
            return UpstreamResponse(status: stream.status, headers: stream.headers, body: body)
        }
    }

    /// Sends a request, with retries, until a response begins. Later failures are not retried: the body throws them.
    ///
    /// - Throws: the error of the last attempt: see `UpstreamError.Code`.
    public func stream(_ request: UpstreamRequest) async throws(UpstreamError) -> UpstreamStream {
        try await retrying(request) { () async throws(UpstreamError) -> UpstreamStream in try await attempt(request) }
    }

    private func retrying<Answer>(
        _ request: UpstreamRequest, _ body: () async throws(UpstreamError) -> Answer
    ) async throws(UpstreamError) -> Answer {
        var failed = 0
        while true {
            do throws(UpstreamError) {
                return try await body()
            } catch {
                failed += 1
                var error = error
                error.attempts = failed
                guard error.isRetryable,
                    let wait = request.retries.wait(after: failed, retryAfter: error.retryAfter, random: pacing.random)
                else { throw error }
                do { try await pacing.sleep(wait) } catch {
                    throw UpstreamError(.cancelled, "the caller's task was cancelled")
                }
            }
        }
    }

    /// Sends the request once.
    private func attempt(_ request: UpstreamRequest) async throws(UpstreamError) -> UpstreamStream {
        let exchange = UpstreamExchange()
        let head = try await head(of: request, exchange)
        let status = Int(head.status.code)
        let isSuccess = (200...299).contains(status)
        let headers = UpstreamHeaders(fields: head.headers.map { ($0.name, $0.value) })
        let body = UpstreamBody(
            exchange, of: transport, timeouts: request.timeouts, limit: isSuccess ? request.maximumResponseBytes : Self.answerBytes,
            host: base.host)
        guard isSuccess else { throw await failure(status, headers, body) }
        // The request does not accept compression: see `message`.
        if let encoding = headers["Content-Encoding"]?.lowercased(), encoding != "identity" {
            throw UpstreamError(.malformed, "\(base.host) compressed its response although the request forbids it", status: status)
        }
        if let length = headers["Content-Length"].flatMap(Int.init), length > request.maximumResponseBytes {
            throw UpstreamError(
                .tooLarge, "the response of \(base.host) is longer than \(request.maximumResponseBytes) bytes", status: status)
        }
        return UpstreamStream(status: status, headers: headers, body: body)
    }

    private func head(of request: UpstreamRequest, _ exchange: UpstreamExchange) async throws(UpstreamError) -> HTTPResponseHead {
        do {
            transport.begin(exchange, try message(request))
            return try await exchange.head(within: request.timeouts.firstByte)
        } catch {
            exchange.cancel()
            guard !(error is UpstreamExchange.TimedOut) else {
                throw UpstreamError(.timeoutFirstByte, "\(base.host) did not respond in time")
            }
            throw UpstreamError(whileAsking: base.host, error)
        }
    }

    private func message(_ request: UpstreamRequest) throws -> HTTPClient.Request {
        var headers = HTTPHeaders()
        headers.add(name: "Accept", value: request.accept)
        // Streamed data are read as they arrive, and no response expands after it was received.
        headers.add(name: "Accept-Encoding", value: "identity")
        headers.add(name: "User-Agent", value: "contextd")
        for (name, value) in request.headers { headers.add(name: name, value: value) }
        if let key {
            switch keyHeader {
            case .bearer: headers.replaceOrAdd(name: "Authorization", value: "Bearer \(key.value)")
            case .named(let name): headers.replaceOrAdd(name: name, value: key.value)
            }
        }
        if request.body != nil { headers.add(name: "Content-Type", value: request.contentType) }
        return try HTTPClient.Request(
            url: base.appending(request.path), method: HTTPMethod(rawValue: request.method.rawValue), headers: headers,
            body: request.body.map { .byteBuffer(ByteBuffer(bytes: $0)) })
    }

    /// Returns the error of an unsuccessful response, with the beginning of the provider's message.
    private func failure(
        _ status: Int, _ headers: UpstreamHeaders, _ body: UpstreamBody
    ) async -> UpstreamError {
        var answer: [UInt8] = []
        let parts = body.makeAsyncIterator()
        // A long, slow or broken message is cut off: the status alone determines the error.
        while let part = try? await parts.next() { answer.append(contentsOf: part) }
        if Task.isCancelled { return UpstreamError(.cancelled, "the caller's task was cancelled") }
        let code: UpstreamError.Code =
            switch status {
            case 429: .rateLimited
            case 501, 505: .rejected
            case 500...599: .serverFailed
            case 300...499: .rejected
            default: .malformed
            }
        return UpstreamError(
            code, "\(base.host) returned status \(status)", status: status,
            retryAfter: headers["Retry-After"].flatMap { RetryAfter.wait($0, now: pacing.now()) }, answer: answer)
    }
}
