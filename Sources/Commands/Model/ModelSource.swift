import ArgumentParser
import Foundation

/// The source of a model: a name on a model hub, `OWNER/NAME`, or the URL of a folder with the same layout.
struct ModelSource {
    /// The name of the local folder.
    let name: String
    /// The base URL of the model's files, without a trailing slash.
    let base: String

    static let defaultHub = "https://huggingface.co"

    /// - Throws: a usage error if `text` is neither a name nor a folder URL.
    init(_ text: String, revision: String, hub: String) throws {
        if text.hasPrefix("https://") || text.hasPrefix("http://") {
            let base = text.hasSuffix("/") ? String(text.dropLast()) : text
            guard let url = URL(string: base), url.host() != nil, url.query() == nil, Self.isComponent(url.lastPathComponent) else {
                throw ValidationError("the URL must name a folder, such as https://host/path/NAME")
            }
            (name, self.base) = (url.lastPathComponent, base)
        } else {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, parts.allSatisfy(Self.isComponent), Self.isComponent(revision) else {
                throw ValidationError("the model must be OWNER/NAME or the URL of its folder")
            }
            name = parts[1]
            base = "\(hub)/\(parts[0])/\(parts[1])/resolve/\(revision)"
        }
    }

    func url(of file: String) -> String { "\(base)/\(file)" }

    /// Returns whether `text` is a safe file or folder name, which cannot point outside its parent folder.
    static func isComponent(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && !text.hasPrefix(".")
            && text.utf8.allSatisfy { byte in
                byte < 0x80
                    && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber || "._-".utf8.contains(byte))
            }
    }
}
