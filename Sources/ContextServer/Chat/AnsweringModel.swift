import ByteText
import Completions
import HTTPTypes

extension HTTPField.Name {
    /// The configured model that answered: another than the one asked for where that could not.
    static let answeringModel = HTTPField.Name("X-Contextd-Model") ?? .server
}

extension ChatTurn {
    /// As a header can carry it: what is not ASCII in a model's name is percent-encoded.
    var answeringModel: String {
        let name = backend
        let isPlain = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") }
        return isPlain ? name : PercentEncoding.encoded(name)
    }
}
