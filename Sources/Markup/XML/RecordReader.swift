import Extraction

/// XML of any other kind, read as records: a line `path: value` for each element with text and for each attribute that carries data.
///
/// The path has the names of the elements from below the root. A child of the root is a paragraph, and so is each
/// of several elements of one name that follow each other, so that a record stays together.
/// An element with text and other elements in it is a paragraph of its own.
final class RecordReader: XMLVocabulary {
    private struct Element {
        let name: String
        var text: [UInt8] = []
        var hasChildren = false
        /// Whether it has lines of its own, of attributes or of elements in it.
        var hasLines = false
        /// The last element in it, if that has lines of its own.
        var lastRecord: String?
    }

    private var builder: DocumentBuilder
    private var title: String?
    private var open: [Element] = []
    /// The place of the outermost open element whose text surrounds elements, so that those belong to the text.
    private var mixed: Int?
    /// The lines of the open record.
    private var lines: [UInt8] = []

    /// Length from which a value is a paragraph and not a line, in bytes.
    private static let longValue = 400
    private static let maximumPath = 200

    init(limits: ExtractLimits) { builder = DocumentBuilder(limits: limits) }

    var failure: ExtractError? { builder.isFull ? ExtractError(.tooLarge, "the document has too much text") : nil }

    func document(mediaType: MediaType) throws(ExtractError) -> ExtractedDocument {
        flush()
        return try builder.document(title: title, mediaType: mediaType)
    }

    func start(_ name: String, _ attributes: [(name: String, value: String)]) {
        if let last = open.indices.last {
            if mixed == nil, !open[last].text.isEmpty {
                mixed = last
            } else if open[last].lastRecord == name {
                // The next one of several begins a record.
                flush()
            }
            open[last].hasChildren = true
        }
        open.append(Element(name: name))
        guard mixed == nil else { return }
        for attribute in attributes where Self.carriesData(attribute.name) {
            line(name: attribute.name, value: Array(attribute.value.utf8))
        }
    }

    /// White space before the first text of an element is no text.
    func characters(_ text: [UInt8]) {
        guard let place = mixed ?? open.indices.last, !open[place].text.isEmpty || !text.allSatisfy(Ascii.isWhite) else { return }
        open[place].text += text
    }

    func end(_ name: String) {
        guard let element = open.popLast() else { return }
        if let outer = mixed {
            guard open.count == outer else { return }
            mixed = nil
        }
        let isBlank = element.text.isEmpty
        if !element.hasChildren, !isBlank { write(element) }
        if let last = open.indices.last {
            open[last].lastRecord = element.hasChildren || element.hasLines ? element.name : nil
            // An element below the root is a record.
            if last == 0, open[last].lastRecord != nil { flush() }
        }
        guard element.hasChildren, !isBlank else { return }
        flush()
        builder.paragraph(String(decoding: element.text, as: UTF8.self))
    }

    private func write(_ element: Element) {
        if title == nil, element.name == "title" || element.name == "name", open.count <= 1 {
            title = String(decoding: element.text, as: UTF8.self)
        }
        guard element.text.count < Self.longValue else {
            flush()
            builder.lines(String(decoding: element.text, as: UTF8.self))
            return
        }
        line(name: element.name, value: element.text)
    }

    private func line(name: String, value: [UInt8]) {
        let value = OneLine.text(value, maxScalars: 2000)
        guard !value.isEmpty else { return }
        if let last = open.indices.last { open[last].hasLines = true }
        if !lines.isEmpty { lines.append(Ascii.newline) }
        var names = open.dropFirst().map(\.name)
        if names.last != name || names.isEmpty { names.append(name) }
        let path = names.suffix(4).joined(separator: ".")
        lines += Array("\(path.utf8.count <= Self.maximumPath ? path : name): \(value)".utf8)
        if lines.count > 8192 { flush() }
    }

    private func flush() {
        if !lines.isEmpty { builder.lines(String(decoding: lines, as: UTF8.self)) }
        lines = []
    }

    private static func carriesData(_ name: String) -> Bool {
        !name.hasPrefix("xmlns") && !name.contains(":") && !["style", "class", "version", "encoding", "id", "standalone"].contains(name)
    }
}
