/// The error of a failed request to a provider.
public struct UpstreamError: Error, Sendable {
    public enum Code: String, Sendable, CaseIterable {
        /// The base URL is invalid.
        case badURL
        /// The key is missing, or no header can carry it.
        case badKey
        /// No connection: the host does not answer, its name is unknown, or TLS failed.
        case connect
        /// No connection within the timeout.
        case timeoutConnect
        /// A connection, but no response within the timeout.
        case timeoutFirstByte
        /// The response began, but nothing more arrived within the timeout.
        case timeoutIdle
        /// The connection was lost before the response was complete.
        case interrupted
        /// The provider rejected the request: a status of 300 to 499 other than 429, or 501 or 505.
        case rejected
        /// Status 429.
        case rateLimited
        /// Status 500, 502, 503, 504 or another 5xx.
        case serverFailed
        /// The response exceeds the size limit.
        case tooLarge
        /// The response violates its protocol: HTTP, or what the caller expects in the body.
        case malformed
        /// The caller's task was cancelled, or the process is stopping.
        case cancelled
    }

    /// The error code, from a closed set: suitable as a metric label.
    public let code: Code
    /// Details for logs, such as the host; never a key, never a text that was sent or received.
    public let detail: String
    /// The status of the provider's response, if there was one.
    public let status: Int?
    /// The wait that the provider requests, if any.
    public let retryAfter: Duration?
    /// Number of failed attempts, including retries; 0 if no request was sent.
    public var attempts = 0
    /// The beginning of the provider's message for an unsuccessful status. It may quote what was sent: not for logs.
    public let answer: [UInt8]

    public init(_ code: Code, _ detail: String, status: Int? = nil, retryAfter: Duration? = nil, answer: [UInt8] = []) {
        (self.code, self.detail, self.status, self.retryAfter, self.answer) = (code, detail, status, retryAfter, answer)
    }

    /// Whether the same request may well succeed a moment later. A response timeout is not retryable: a retry would probably wait as
    /// long again.
    public var isRetryable: Bool {
        switch code {
        case .connect, .timeoutConnect, .interrupted, .rateLimited, .serverFailed: true
        case .badURL, .badKey, .timeoutFirstByte, .timeoutIdle, .rejected, .tooLarge, .malformed, .cancelled: false
        }
    }
}

extension UpstreamError: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(code.rawValue): \(detail)" }
    public var debugDescription: String { description }
    /// A mirror without `answer`, so that no dump of an error contains a tenant's text.
    public var customMirror: Mirror {
        Mirror(self, children: ["code": code, "detail": detail, "status": status as Any, "attempts": attempts])
    }
}
