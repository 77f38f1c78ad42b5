internal import Crypto

/// The name of the tags around quoted text in one prompt. An author of the text cannot guess it, so nothing in the text can close the tag
/// or open another.
///
/// The name depends on a key of this process, on all quoted text, and on a nonce: it changes when an author who has seen it changes a
/// document, and with a random nonce in each prompt.
public struct QuoteTag: Hashable, Sendable {
    /// The tag name: a prefix such as `source-`, and twelve letters and digits: 60 bits.
    public let name: String

    private static let key = SymmetricKey(size: .bits256)
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let length = 12

    /// - Parameters:
    ///   - word: prefix of the name, in lower case letters.
    ///   - texts: all text quoted between such tags in the prompt.
    ///   - nonce: random; or 0 where equal texts must give equal prompts, as for a request's own messages, which are part of the response
    ///     cache's key.
    public init(_ word: String, quoting texts: some Sequence<String>, nonce: UInt64) {
        var code = HMAC<SHA256>(key: Self.key)
        withUnsafeBytes(of: nonce) { code.update(data: Array($0)) }
        code.update(data: Array(word.utf8))
        for text in texts {
            // Prefixed with its length, so that different lists never give the same input.
            withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { code.update(data: Array($0)) }
            code.update(data: Array(text.utf8))
        }
        let digits = code.finalize().prefix(Self.length).map { Self.digits[Int($0 & 31)] }
        name = "\(word)-" + String(decoding: digits, as: UTF8.self)
    }
}
