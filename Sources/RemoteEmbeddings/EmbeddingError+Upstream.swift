internal import Embeddings
internal import Upstream

extension EmbeddingError {
    /// Converts the error of a failed request to the provider.
    init(_ error: UpstreamError) {
        let code: Code =
            switch error.code {
            case .connect, .interrupted, .serverFailed: .remoteUnavailable
            case .timeoutConnect, .timeoutFirstByte, .timeoutIdle: .remoteTimeout
            case .rateLimited: .remoteBusy
            case .tooLarge, .malformed: .remoteInvalid
            case .cancelled: .cancelled
            // An invalid setting, found at the start.
            case .badURL, .badKey: .remoteUnavailable
            case .rejected: Self.blamesTheInput(error.status) ? .remoteRejected : .remoteUnavailable
            }
        self.init(
            code, "the embedding provider failed: \(error.detail)\(Self.hint(error.status))",
            retryAfterSeconds: error.retryAfter.map { Int(clamping: $0.components.seconds) }, cause: error)
    }

    /// Returns whether the status blames the input. All other errors, such as an expired key, end when the operator fixes their cause, so
    /// no document should fail permanently because of them.
    private static func blamesTheInput(_ status: Int?) -> Bool { status.map { [400, 413, 422].contains($0) } ?? false }

    private static func hint(_ status: Int?) -> String {
        switch status {
        case 401, 403: " (check the API key)"
        case 404: " (check the base URL and the model name)"
        default: ""
        }
    }
}
