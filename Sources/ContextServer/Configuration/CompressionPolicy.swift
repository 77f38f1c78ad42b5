import HTTPTypes
import Hummingbird

/// The rule that decides whether a response is compressed.
struct CompressionPolicy: Sendable {
    /// Whether responses are compressed at all.
    var isOn = true
    /// Minimum size of a response that is compressed, in bytes: a smaller one fits into a packet or two anyway.
    var minimumBytes = 1024

    /// Returns whether a response of this type would be compressed for a client that accepts it, so that caches must tell clients apart.
    ///
    /// Streams are not: a part of one would wait in the encoder, or cost more than it saves.
    func covers(_ response: Response) -> Bool {
        guard isOn, Self.mayBeCoded(response), let length = response.body.contentLength else { return false }
        return length >= minimumBytes && Self.isText(response.headers[.contentType])
    }

    /// Returns whether the response has content that has no coding yet.
    static func mayBeCoded(_ response: Response) -> Bool {
        let code = response.status.code
        let hasContent = code >= 200 && ![204, 205, 206, 304].contains(code) && response.body.contentLength != 0
        return hasContent && response.headers[.contentEncoding] == nil && !response.headers.forbidsTransformation
    }

    private static func isText(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        let type = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        return type.hasPrefix("text/") && type != "text/event-stream" || type == "application/json" || type.hasSuffix("+json")
            || type == "application/x-ndjson"
    }
}

extension HTTPFields {
    fileprivate var forbidsTransformation: Bool { self[values: .cacheControl].contains { $0.lowercased().contains("no-transform") } }
}
