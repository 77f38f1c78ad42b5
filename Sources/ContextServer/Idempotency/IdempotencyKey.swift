import Failure
package import HTTPTypes

/// A client's name for one operation: a repeated request with the same key is not executed again.
///
/// - Source: draft-ietf-httpapi-idempotency-key-header-07. The field is a string in quotes there; the quotes are optional here, since most
///   clients send none.
package struct IdempotencyKey: Hashable, Sendable {
    package let text: String

    /// Maximum length, in bytes.
    private static let maximumBytes = 255

    /// - Returns: `nil` if the request has no key.
    /// - Throws: `Failure` if there are two keys, or the key is not valid.
    package init?(_ headers: HTTPFields) throws {
        let values = headers[values: .idempotencyKey]
        guard let value = values.first else { return nil }
        let bytes = value.utf8
        let isQuoted = bytes.count >= 2 && bytes.first == UInt8(ascii: "\"") && bytes.last == UInt8(ascii: "\"")
        text = isQuoted ? String(value.dropFirst().dropLast()) : value
        guard values.count == 1, (1...Self.maximumBytes).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Failure.invalid(
                "Idempotency-Key must be one value of 1 to \(Self.maximumBytes) visible ASCII characters without spaces",
                code: "invalid_idempotency_key")
        }
    }
}

extension HTTPField.Name {
    package static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    /// The header of a response that is the stored one of an earlier request.
    static let idempotentReplayed = HTTPField.Name("Idempotent-Replayed")!
}
