import Extraction

/// Feeds: RSS, RSS 1.0 (RDF) and Atom. Each item is a heading with its author, date and categories, and its text below.
///
/// - Source: RSS 2.0.11; RFC 4287 (Atom); RSS 1.0 and its content module.
final class FeedReader: XMLVocabulary {
    static let roots: Set<String> = ["rss", "feed", "rdf", "channel"]

    private let limits: ExtractLimits
    private var builder: DocumentBuilder
    private var depth = 0
    /// The depth of the open item; `nil` outside of items.
    private var itemDepth: Int?
    private var fields: [(name: String, value: [UInt8])] = []
    /// The open field: a child of the item or of the feed.
    private var field: (name: String, depth: Int)?
    private var text: [UInt8] = []
    private var feedTitle: String?

    private static let items: Set<String> = ["item", "entry"]
    private static let groups: Set<String> = ["rss", "feed", "rdf", "channel", "image", "items", "textinput", "cloud", "generator"]
    private static let contents = ["encoded", "content", "description", "summary"]
    /// Fields that name other resources.
    private static let ignored: Set<String> = [
        "link", "guid", "id", "comments", "enclosure", "thumbnail", "commentrss", "post-id", "origlink", "source", "rights", "language",
    ]

    init(limits: ExtractLimits) { (self.limits, builder) = (limits, DocumentBuilder(limits: limits)) }

    var failure: ExtractError? { builder.isFull ? ExtractError(.tooLarge, "the feed has too much text") : nil }

    func document(mediaType: MediaType) throws(ExtractError) -> ExtractedDocument {
        try builder.document(title: feedTitle, mediaType: mediaType)
    }

    func start(_ name: String, _ attributes: [(name: String, value: String)]) {
        depth += 1
        if let field {
            // Markup inside of a field, as in Atom's XHTML.
            if depth > field.depth, ["p", "div", "br", "li", "h1", "h2", "h3", "tr"].contains(name) { text.append(Ascii.newline) }
        } else if Self.items.contains(name), itemDepth == nil {
            itemDepth = depth
            fields = []
        } else if itemDepth != nil || !Self.groups.contains(name) {
            field = (name, depth)
            // A category of Atom is an attribute.
            text = name == "category" ? Array((attributes.first { $0.name == "term" }?.value ?? "").utf8) : []
        }
    }

    func characters(_ text: [UInt8]) { if field != nil { self.text += text } }

    func end(_ name: String) {
        defer { depth -= 1 }
        if let open = field, open.depth == depth {
            if text.contains(where: { !Ascii.isWhite($0) }) { close(open.name) }
            field = nil
        } else if itemDepth == depth {
            writeItem()
            itemDepth = nil
        }
    }

    private func close(_ name: String) {
        if itemDepth != nil {
            fields.append((name, text))
        } else if name == "title", feedTitle == nil {
            feedTitle = plain(text)
            builder.heading(plain(text), level: 1)
        } else if name == "description" || name == "subtitle" {
            builder.paragraph(plain(text))
        }
    }

    private func writeItem() {
        func values(_ names: String...) -> [String] {
            fields.filter { names.contains($0.name) }.map { plain($0.value) }.filter { !$0.isEmpty }
        }
        if let title = values("title").first { builder.heading(title, level: 2) }
        let about = values("creator", "author", "name").prefix(5) + values("pubdate", "published", "date", "updated").prefix(1)
        builder.paragraph(about.joined(separator: ", "))
        let categories = values("category", "subject")
        if !categories.isEmpty { builder.paragraph("Categories: " + categories.joined(separator: ", ")) }
        // The description repeats the beginning of the content.
        for name in Self.contents {
            guard let content = fields.first(where: { $0.name == name })?.value else { continue }
            if write(content) { break }
        }
        let known = Self.ignored.union(Self.contents).union(
            ["title", "creator", "author", "name", "pubdate", "published", "date", "updated", "category", "subject"])
        for field in fields where !known.contains(field.name) && field.value.count < 2000 {
            builder.paragraph("\(field.name): \(plain(field.value))")
        }
    }

    /// Writes text that may be HTML; returns whether there was any.
    private func write(_ content: [UInt8]) -> Bool {
        if content.contains(Ascii.less) || content.contains(Ascii.ampersand),
            let document = try? Extractor.extract(content, format: .html, declaredCharset: "utf-8", limits: limits)
        {
            builder.append(document)
            return true
        }
        let text = String(decoding: content, as: UTF8.self)
        builder.lines(text)
        return !text.utf8.allSatisfy(Ascii.isWhite)
    }

    /// Returns a field in one line, without HTML.
    private func plain(_ value: [UInt8]) -> String {
        var value = value
        if value.contains(Ascii.less) || value.contains(Ascii.ampersand),
            let document = try? Extractor.extract(value, format: .html, declaredCharset: "utf-8", limits: limits)
        {
            value = Array(document.text.utf8)
        }
        return OneLine.text(value, maxScalars: 2000)
    }
}
