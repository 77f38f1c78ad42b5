import ByteText
import Completions
import HTTPTypes

extension HTTPField.Name {
    /// The header with the configured model that answered: a fallback if the requested model failed.
    static let answeringModel = HTTPField.Name("X-Contextd-Model") ?? .server
}

extension ChatTurn {
    /// The answering model's name as a header value: if it has bytes other than visible ASCII, it is percent-encoded.
    var answeringModel: String {
        let name = backend
        let isPlain = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") }
        return isPlain ? name : PercentEncoding.encoded(name)
    }
}
