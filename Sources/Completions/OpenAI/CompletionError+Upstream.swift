internal import Foundation
internal import JSON
internal import Upstream

extension CompletionError {
    /// Maximum length of a provider's message, in Unicode scalars.
    private static let messageLimit = 500

    init(_ error: UpstreamError) {
        let seconds = error.retryAfter.map { max(1, Int(min(($0 / .seconds(1)).rounded(.up), 86_400))) }
        self.init(Self.code(error), error.detail, retryAfterSeconds: seconds, providerMessage: Self.message(error), cause: error)
    }

    private static func code(_ error: UpstreamError) -> Code {
        switch error.code {
        // Anthropic returns 529 when it is overloaded.
        case .serverFailed where error.status == 529: .providerBusy
        case .badURL, .badKey, .connect, .serverFailed: .providerUnavailable
        case .timeoutConnect, .timeoutFirstByte, .timeoutIdle: .providerTimeout
        case .interrupted: .providerInterrupted
        case .rateLimited: .providerBusy
        case .tooLarge, .malformed: .providerInvalid
        case .cancelled: .cancelled
        // Only the caller can fix these; other statuses (401, 403, 404, …) are for the operator.
        case .rejected: [400, 413, 422].contains(error.status) ? .providerRejected : .providerUnavailable
        }
    }

    /// Returns the provider's message if the request is invalid; other messages could reveal details of the operator's account.
    private static func message(_ error: UpstreamError) -> String? {
        guard error.code == .rejected, [400, 413, 422].contains(error.status),
            let answer = try? JSONValue(parsingLeniently: error.answer)
        else { return nil }
        return message(in: answer)
    }

    /// Returns the message in an error of OpenAI's form, or of a similar form.
    static func message(in answer: JSONValue) -> String? {
        let text = answer["error"]?["message"] ?? answer["message"] ?? answer["error"] ?? answer["detail"]
        return text?.stringValue.map { String(String.UnicodeScalarView($0.unicodeScalars.prefix(messageLimit))) }
    }
}
