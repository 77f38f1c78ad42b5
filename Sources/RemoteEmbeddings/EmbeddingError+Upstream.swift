internal import Embeddings
internal import Upstream

extension EmbeddingError {
    /// What a failed request to the provider means to who wanted vectors.
    init(_ error: UpstreamError) {
        let code: Code =
            switch error.code {
            case .connect, .interrupted, .serverFailed: .remoteUnavailable
            case .timeoutConnect, .timeoutFirstByte, .timeoutIdle: .remoteTimeout
            case .rateLimited: .remoteBusy
            case .tooLarge, .malformed: .remoteInvalid
            case .cancelled: .cancelled
            // A setting that cannot work; found at the start.
            case .badURL, .badKey: .remoteUnavailable
            case .rejected: Self.blamesTheInput(error.status) ? .remoteRejected : .remoteUnavailable
            }
        self.init(
            code, "the embedding provider failed: \(error.detail)\(Self.hint(error.status))",
            retryAfterSeconds: error.retryAfter.map { Int(clamping: $0.components.seconds) }, cause: error)
    }

    /// Whether the status speaks of what was sent. All others, such as a key that has run out, pass when the operator has seen
    /// to it, and no document should fail for good because of them.
    private static func blamesTheInput(_ status: Int?) -> Bool { status.map { [400, 413, 422].contains($0) } ?? false }

    private static func hint(_ status: Int?) -> String {
        switch status {
        case 401, 403: " (is the key right?)"
        case 404: " (are the base URL and the model's name right?)"
        default: ""
        }
    }
}
