/// Why a provider gave no usable answer.
public struct UpstreamError: Error, Sendable {
    public enum Code: String, Sendable, CaseIterable {
        /// The base URL cannot be used.
        case badURL
        /// There is no key where it was said to be, or it is none that a header can carry.
        case badKey
        /// No connection: nothing answers, the name is unknown, TLS failed.
        case connect
        /// No connection within the time.
        case timeoutConnect
        /// A connection, and no answer within the time.
        case timeoutFirstByte
        /// The answer began and then nothing more came within the time.
        case timeoutIdle
        /// The connection was lost before the answer was complete.
        case interrupted
        /// The provider will not do it: a status of 300 to 499 other than 429, or a 5xx that says so (501, 505).
        case rejected
        /// 429.
        case rateLimited
        /// 500, 502, 503, 504 and the like.
        case serverFailed
        /// The answer is longer than it may be.
        case tooLarge
        /// The answer breaks its protocol: HTTP, or what the caller expects in the body.
        case malformed
        /// The caller's task was cancelled, or the process is stopping.
        case cancelled
    }

    /// Closed and bounded: fit for a metric label.
    public let code: Code
    /// For logs: what was awaited from whom; never a key, never a text that was sent or received.
    public let detail: String
    /// The provider's status, where it gave one.
    public let status: Int?
    /// What the provider asks to wait, where it does.
    public let retryAfter: Duration?
    /// Requests that were sent in vain, retries included; 0 where none was.
    public var attempts = 0
    /// The beginning of the provider's own words for a status that is no success. They may quote what was sent: not for logs.
    public let answer: [UInt8]

    public init(_ code: Code, _ detail: String, status: Int? = nil, retryAfter: Duration? = nil, answer: [UInt8] = []) {
        self.code = code
        self.detail = detail
        self.status = status
        self.retryAfter = retryAfter
        self.answer = answer
    }

    /// Whether the same request may well succeed a moment later. A time-out of an answer is not among these: who waited so
    /// long once would wait as long again.
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
    /// Without `answer`, so that no dump of an error holds a tenant's text.
    public var customMirror: Mirror {
        Mirror(self, children: ["code": code, "detail": detail, "status": status as Any, "attempts": attempts])
    }
}
