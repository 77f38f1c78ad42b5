import Extraction

/// Paths of entries in an archive, with `/` between segments and none at the start.
enum ArchivePath {
    /// Returns the path with forward slashes and without empty segments, `.` and `..`.
    static func normalized(_ path: String) -> String {
        var segments: [Substring] = []
        for segment in path.split(whereSeparator: { $0 == "/" || $0 == "\\" }) where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        return segments.joined(separator: "/")
    }

    /// Returns the path that `target` names in a part: relative to the part's folder, or to the root with a slash in front.
    static func resolved(_ target: String, from part: String) -> String {
        let path = target.prefix { $0 != "#" && $0 != "?" }
        if path.first == "/" || path.first == "\\" { return normalized(String(path)) }
        return normalized(folder(of: part) + "/" + path)
    }

    static func folder(of part: String) -> String { part.lastIndex(of: "/").map { String(part[..<$0]) } ?? "" }

    static func fileName(of part: String) -> String { part.lastIndex(of: "/").map { String(part[part.index(after: $0)...]) } ?? part }

    /// Returns whether the entry is likely to be markup, by its name.
    static func isText(_ name: String) -> Bool {
        let file = fileName(of: name).lowercased()
        guard let dot = file.lastIndex(of: ".") else { return file == "mimetype" }
        return textual.contains(String(file[file.index(after: dot)...]))
    }

    private static let textual: Set<String> = [
        "xml", "rels", "opf", "xhtml", "html", "htm", "ncx", "vml", "txt", "mht",
    ]

    /// Returns the path with percent-encoded bytes decoded; the path itself if the result is not UTF-8.
    static func decoded(_ path: String) -> String {
        guard path.utf8.contains(UInt8(ascii: "%")) else { return path }
        let bytes = Array(path.utf8)
        var result: [UInt8] = []
        var i = 0
        while i < bytes.count {
            if bytes[i] == UInt8(ascii: "%"), i + 2 < bytes.count, let high = hex(bytes[i + 1]), let low = hex(bytes[i + 2]) {
                result.append(high << 4 | low)
                i += 3
            } else {
                result.append(bytes[i])
                i += 1
            }
        }
        return String(validating: result, as: UTF8.self) ?? path
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
