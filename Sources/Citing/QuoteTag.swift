internal import Crypto

/// The name of the tags between which text is quoted in one prompt. Nobody who writes the text can guess it, so nothing in the text can
/// close the tag or open another.
///
/// The name depends on a key of this process, on all that is quoted, and on a nonce: it is another one as soon as a document is changed by
/// someone who has seen it, and with a random nonce in each prompt.
public struct QuoteTag: Hashable, Sendable {
    /// `source-` and twelve letters and digits: 60 bits.
    public let name: String

    private static let key = SymmetricKey(size: .bits256)
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let length = 12

    /// - Parameters:
    ///   - word: what the name begins with, in lower case letters.
    ///   - texts: all that is quoted between such tags in the prompt.
    ///   - nonce: random, or 0 where equal texts must give equal prompts, as a request's own messages in the key of the response cache.
    public init(_ word: String, quoting texts: some Sequence<String>, nonce: UInt64) {
        var code = HMAC<SHA256>(key: Self.key)
        withUnsafeBytes(of: nonce) { code.update(data: Array($0)) }
        code.update(data: Array(word.utf8))
        for text in texts {
            // Each with its length, so that no two lists are one.
            withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { code.update(data: Array($0)) }
            code.update(data: Array(text.utf8))
        }
        let digits = code.finalize().prefix(Self.length).map { Self.digits[Int($0 & 31)] }
        name = "\(word)-" + String(decoding: digits, as: UTF8.self)
    }
}
