import Extraction

/// The reading of an EPUB: the pages of its spine, in order.
struct BookReader {
    private let archive: ZipArchive
    private let context: ReadingContext

    private struct Item {
        let path: String
        let mediaType: String
        let isNavigation: Bool
    }

    static func read(_ archive: ZipArchive, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument {
        try BookReader(archive: archive, context: context).document()
    }

    private func document() throws(ExtractError) -> ExtractedDocument {
        guard let package = packagePath(), let bytes = try archive.contents(package), let root = try XMLElement.parse(bytes) else {
            throw ExtractError(.malformed, "the book has no package document")
        }
        let pages = spine(root, package)
        let locked = encryptedPaths()
        guard !pages.contains(where: { locked.contains($0.path) }) else {
            throw ExtractError(.encrypted, "the book is protected")
        }
        var builder = DocumentBuilder(limits: context.limits)
        for page in pages where !builder.isFull {
            if let document = try read(page) { builder.append(document) }
        }
        let metadata = root.first("opf:metadata") ?? root.first("metadata")
        let title = (metadata?.descendant("dc:title")?.text).map { $0.trimmed }
        return try builder.document(title: title, mediaType: DocumentFormat.epub.mediaType)
    }

    /// Returns the page's text; `nil` if it has none, or is missing.
    private func read(_ page: Item) throws(ExtractError) -> ExtractedDocument? {
        guard let bytes = try archive.contents(page.path) else { return nil }
        let isXML = page.mediaType == "application/xhtml+xml" || bytes.starts(with: "<?xml".utf8)
        do throws(ExtractError) {
            return try Extractor.extract(bytes, format: isXML ? .xhtml : .html, limits: context.limits)
        } catch {
            switch error.code {
            case .empty, .undecodable: return nil
            default: throw error
            }
        }
    }

    private func packagePath() -> String? {
        if let bytes = (try? archive.contents("META-INF/container.xml")) ?? nil, let root = (try? XMLElement.parse(bytes)) ?? nil {
            for file in root.descendants("ocf:rootfile") + root.descendants("rootfile") {
                if let path = file["full-path"], let name = archive.name(ArchivePath.normalized(ArchivePath.decoded(path))) { return name }
            }
        }
        return archive.names.first { $0.lowercased().hasSuffix(".opf") }
    }

    /// Returns the pages in reading order, without the table of contents that readers show beside the book.
    private func spine(_ root: XMLElement, _ package: String) -> [Item] {
        var items: [String: Item] = [:]
        let manifest = root.first("opf:manifest") ?? root.first("manifest")
        for element in manifest?.children ?? [] {
            guard let id = element["id"], let href = element["href"], items[id] == nil else { continue }
            let path = ArchivePath.resolved(ArchivePath.decoded(href), from: package)
            let isNavigation = element["properties"]?.split(separator: " ").contains("nav") ?? false
            items[id] = Item(path: archive.name(path) ?? path, mediaType: element["media-type"] ?? "", isNavigation: isNavigation)
        }
        let listed = (root.first("opf:spine") ?? root.first("spine"))?.children.compactMap { $0["idref"].flatMap { items[$0] } } ?? []
        var seen: Set<String> = []
        let pages = listed.filter { Self.isPage($0) && seen.insert($0.path).inserted }
        let content = pages.filter { !$0.isNavigation }
        return content.isEmpty ? pages : content
    }

    private static func isPage(_ item: Item) -> Bool {
        switch item.mediaType {
        case "application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document": true
        default: item.path.lowercased().hasSuffix("html") || item.path.lowercased().hasSuffix(".htm")
        }
    }

    /// Returns the entries that are encrypted; fonts are only obfuscated, and are not read anyway.
    private func encryptedPaths() -> Set<String> {
        guard let bytes = (try? archive.contents("META-INF/encryption.xml")) ?? nil, let root = (try? XMLElement.parse(bytes)) ?? nil else {
            return []
        }
        let references = root.descendants("enc:CipherReference").compactMap { $0["URI"] }
        return Set(references.map { ArchivePath.normalized(ArchivePath.decoded($0)) }.map { archive.name($0) ?? $0 })
    }
}
