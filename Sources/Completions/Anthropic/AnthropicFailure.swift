internal import JSON

/// The protocol's errors sent in place of an answer, or in the middle of one.
enum AnthropicFailure {
    static func error(_ object: JSONObject) -> CompletionError {
        let detail = "the provider reported an error in its response"
        return switch object["error"]?["type"]?.stringValue {
        case "overloaded_error", "rate_limit_error": CompletionError(.providerBusy, detail)
        case "timeout_error": CompletionError(.providerTimeout, detail)
        case "invalid_request_error", "request_too_large":
            CompletionError(.providerRejected, detail, providerMessage: CompletionError.message(in: .object(object)))
        // `api_error`, and errors that only the operator can resolve with the provider.
        default: CompletionError(.providerUnavailable, detail)
        }
    }
}
