import Extraction

/// Drawings in SVG: titles, descriptions and texts, in the order of the file.
///
/// - Source: SVG 2, chapters 5.8 and 11.
final class DrawingReader: XMLVocabulary {
    private static let shown: Set<String> = ["text", "title", "desc", "p", "div", "h1", "h2", "h3", "li"]
    private static let hidden: Set<String> = ["style", "script", "metadata"]

    private var builder: DocumentBuilder
    private var title: String?
    private var text: [UInt8] = []
    private var depth = 0
    private var open: (name: String, depth: Int)?
    private var hiddenDepth: Int?

    init(limits: ExtractLimits) { builder = DocumentBuilder(limits: limits) }

    var failure: ExtractError? { builder.isFull ? ExtractError(.tooLarge, "the drawing has too much text") : nil }

    func document(mediaType: MediaType) throws(ExtractError) -> ExtractedDocument {
        try builder.document(title: title, mediaType: mediaType)
    }

    func start(_ name: String, _ attributes: [(name: String, value: String)]) {
        depth += 1
        if hiddenDepth == nil, Self.hidden.contains(name) { hiddenDepth = depth }
        if let open {
            // A span with a place of its own is a line of its own.
            if open.name == "text", name == "tspan", attributes.contains(where: { $0.name == "x" || $0.name == "y" || $0.name == "dy" }) {
                text.append(Ascii.space)
            }
        } else if Self.shown.contains(name) {
            open = (name, depth)
            text = []
        }
    }

    func characters(_ text: [UInt8]) { if open != nil, hiddenDepth == nil { self.text += text } }

    func end(_ name: String) {
        defer { depth -= 1 }
        if hiddenDepth == depth { hiddenDepth = nil }
        guard let shown = open, shown.depth == depth else { return }
        let text = String(decoding: self.text, as: UTF8.self)
        open = nil
        if shown.name == "title", title == nil {
            title = text
            builder.heading(text, level: 1)
        } else {
            builder.paragraph(text)
        }
    }
}
