internal import Foundation
internal import JSON
internal import Upstream

extension CompletionError {
    /// Bytes that are passed on of a provider's own words.
    private static let messageLimit = 500

    init(_ error: UpstreamError) {
        let seconds = error.retryAfter.map { max(1, Int(min(($0 / .seconds(1)).rounded(.up), 86_400))) }
        self.init(Self.code(error), error.detail, retryAfterSeconds: seconds, providerMessage: Self.message(error), cause: error)
    }

    private static func code(_ error: UpstreamError) -> Code {
        switch error.code {
        // 529 is what Anthropic answers when it is overloaded.
        case .serverFailed where error.status == 529: .providerBusy
        case .badURL, .badKey, .connect, .serverFailed: .providerUnavailable
        case .timeoutConnect, .timeoutFirstByte, .timeoutIdle: .providerTimeout
        case .interrupted: .providerInterrupted
        case .rateLimited: .providerBusy
        case .tooLarge, .malformed: .providerInvalid
        case .cancelled: .cancelled
        // What the caller can mend; the rest (401, 403, 404, …) is between the operator and the provider.
        case .rejected: [400, 413, 422].contains(error.status) ? .providerRejected : .providerUnavailable
        }
    }

    /// The provider's reason, where the request is at fault; other words could tell of the operator's account.
    private static func message(_ error: UpstreamError) -> String? {
        guard error.code == .rejected, [400, 413, 422].contains(error.status), let answer = try? JSONValue(parsing: error.answer) else {
            return nil
        }
        return message(in: answer)
    }

    /// The reason in an error of OpenAI's shape, or one of those that resemble it.
    static func message(in answer: JSONValue) -> String? {
        let text = answer["error"]?["message"] ?? answer["message"] ?? answer["error"] ?? answer["detail"]
        return text?.stringValue.map { String($0.prefix(messageLimit)) }
    }
}
