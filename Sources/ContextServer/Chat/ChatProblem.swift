import Completions
import HTTPTypes

extension Problem {
    /// Returns the problem of a failed answer. A provider's address stays in the log, as does its message unless it concerns the request.
    static func completion(_ error: CompletionError) -> Problem {
        switch error.code {
        case .noQuestion: .invalid("messages must contain a user message with text", field: "messages")
        case .notChosen: error.cause.map { Problem($0) } ?? .internal
        case .providerUnavailable:
            provider(.badGateway, "upstream_unavailable", "the model's provider cannot be reached or fails; try again later", error)
        case .providerBusy:
            // OpenAI's clients back off and retry on this status.
            provider(.tooManyRequests, "upstream_busy", "the model's provider is busy; try again later", error)
        case .providerTimeout:
            provider(.gatewayTimeout, "upstream_timeout", "the model's provider did not respond in time; try again later", error)
        case .providerInvalid:
            Problem(status: .badGateway, code: "upstream_invalid", detail: "the model's provider returned an invalid response")
        case .providerInterrupted:
            Problem(status: .badGateway, code: "upstream_interrupted", detail: "the response of the model's provider was interrupted")
        case .providerRejected:
            .invalid(error.providerMessage ?? "the model's provider rejected this request", code: "upstream_rejected")
        case .modelBusy:
            provider(.tooManyRequests, "model_busy", "too many requests are waiting for this model; try again later", error)
        case .modelUnavailable:
            provider(
                .serviceUnavailable, "model_unavailable", "the model is unavailable after repeated failures; try again later", error)
        case .cancelled: .overloaded("the server is stopping; try again in a moment")
        }
    }

    private static func provider(_ status: HTTPResponse.Status, _ code: String, _ detail: String, _ error: CompletionError) -> Problem {
        let seconds = min(max(error.retryAfterSeconds ?? 5, 1), 3600)
        return Problem(status: status, code: code, detail: detail, headers: [.retryAfter: "\(seconds)"])
    }
}

// The command line prints a problem as its detail text.
extension Problem: CustomStringConvertible {
    var description: String { detail }
}
