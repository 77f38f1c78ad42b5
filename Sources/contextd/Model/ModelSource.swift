import ArgumentParser
import Foundation

/// Where a model comes from: a name as on a model hub, `OWNER/NAME`, or the URL of a folder in the same layout.
struct ModelSource {
    /// The folder's name here.
    let name: String
    /// Below which the files lie; ends without a slash.
    let base: String

    static let defaultHub = "https://huggingface.co"

    /// - Throws: a usage error for what is neither.
    init(_ text: String, revision: String, hub: String) throws {
        if text.hasPrefix("https://") || text.hasPrefix("http://") {
            let base = text.hasSuffix("/") ? String(text.dropLast()) : text
            guard let url = URL(string: base), url.host() != nil, url.query() == nil, Self.isComponent(url.lastPathComponent) else {
                throw ValidationError("the URL must name a folder, as https://host/path/NAME")
            }
            (name, self.base) = (url.lastPathComponent, base)
        } else {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, parts.allSatisfy(Self.isComponent), Self.isComponent(revision) else {
                throw ValidationError("a model is named OWNER/NAME, or by the URL of its folder")
            }
            name = parts[1]
            base = "\(hub)/\(parts[0])/\(parts[1])/resolve/\(revision)"
        }
    }

    func url(of file: String) -> String { "\(base)/\(file)" }

    /// A file or folder name that stays where it is put.
    static func isComponent(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && !text.hasPrefix(".")
            && text.utf8.allSatisfy { byte in
                byte < 0x80
                    && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber || "._-".utf8.contains(byte))
            }
    }
}
