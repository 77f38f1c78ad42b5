/// The format that the `Content-Type` of a file declares.
enum DeclaredFormat: Equatable {
    case format(DocumentFormat)
    /// A media type of an unsupported format.
    case foreign(String)
    /// No type, a generic one, or none that can be parsed.
    case nothing

    init(_ contentType: String?) {
        guard let essence = contentType.flatMap(MediaType.init)?.essence, !Self.saysNothing.contains(essence) else {
            self = .nothing
            return
        }
        self = Self.format(essence).map(DeclaredFormat.format) ?? .foreign(essence)
    }

    var format: DocumentFormat? { if case .format(let format) = self { format } else { nil } }

    /// Returns the format of a text that is declared to be one; `nil` if something else is declared.
    ///
    /// Servers and browsers often declare Markdown, CSV, JSON and messages as plain text.
    func text(named: DocumentFormat?, _ content: TextLook) -> DocumentFormat? {
        guard let format, format.isMarkup else { return nil }
        switch format {
        case .plainText:
            guard let named, named.isMarkup else { return .plainText }
            if named == .html || named == .xhtml { return content.structure == named ? named : .plainText }
            return content.refined(named)
        default: return content.refined(named == .notebook && format == .json ? .notebook : format)
        }
    }

    private static func format(_ essence: String) -> DocumentFormat? {
        if let format = table[essence] { return format }
        if essence.hasSuffix("+json") { return .json }
        if essence.hasPrefix("application/"), essence.hasSuffix("+xml") { return .xml }
        return essence.hasPrefix("text/") || textual.contains(essence) ? .plainText : nil
    }

    /// The last is what curl declares for every body.
    private static let saysNothing: Set<String> = [
        "application/octet-stream", "binary/octet-stream", "application/unknown", "*/*", "application/x-www-form-urlencoded",
    ]

    /// Media types outside of `text/` whose content is text.
    private static let textual: Set<String> = [
        "application/yaml", "application/x-yaml", "application/toml", "application/sql", "application/graphql",
        "application/javascript", "application/x-javascript", "application/ecmascript", "application/typescript",
        "application/x-sh", "application/x-python", "application/x-tex", "application/x-subrip",
    ]

    private static let names: [(format: DocumentFormat, types: String)] = [
        (.html, "text/html"), (.xhtml, "application/xhtml+xml"), (.markdown, "text/markdown text/x-markdown application/markdown"),
        (.csv, "text/csv text/tab-separated-values application/csv"),
        (.json, "application/json application/jsonl application/x-jsonl application/ndjson application/x-ndjson text/json"),
        (.xml, "application/xml text/xml"), (.svg, "image/svg+xml"), (.notebook, "application/x-ipynb+json"),
        (.eml, "message/rfc822 message/global multipart/related application/x-mimearchive"), (.mbox, "application/mbox application/x-mbox"),
        (.rtf, "application/rtf text/rtf application/x-rtf text/richtext"), (.pdf, "application/pdf application/x-pdf"),
        (.epub, "application/epub+zip"), (.msg, "application/vnd.ms-outlook application/x-msg"),
        (.doc, "application/msword"), (.xls, "application/vnd.ms-excel application/msexcel"),
        (.ppt, "application/vnd.ms-powerpoint application/mspowerpoint"),
        (.image, "image/png image/jpeg image/jpg image/pjpeg image/tiff image/gif image/bmp image/x-ms-bmp image/webp"),
    ]

    private static let openDocument: [(format: DocumentFormat, kind: String)] = [
        (.odt, "text"), (.ods, "spreadsheet"), (.odp, "presentation"),
    ]

    /// The types of Office files after `application/vnd.`, with those of templates and of files with macros.
    private static let office: [(format: DocumentFormat, types: String)] = [
        (.docx, "openxmlformats-officedocument.wordprocessingml.document openxmlformats-officedocument.wordprocessingml.template"),
        (.docx, "ms-word.document.macroenabled.12 ms-word.template.macroenabled.12"),
        (.xlsx, "openxmlformats-officedocument.spreadsheetml.sheet openxmlformats-officedocument.spreadsheetml.template"),
        (.xlsx, "ms-excel.sheet.macroenabled.12 ms-excel.template.macroenabled.12"),
        (.pptx, "openxmlformats-officedocument.presentationml.presentation openxmlformats-officedocument.presentationml.template"),
        (.pptx, "openxmlformats-officedocument.presentationml.slideshow ms-powerpoint.presentation.macroenabled.12"),
        (.pptx, "ms-powerpoint.slideshow.macroenabled.12 ms-powerpoint.template.macroenabled.12"),
    ]

    private static let table: [String: DocumentFormat] = {
        var table: [String: DocumentFormat] = [:]
        for row in names { for type in row.types.split(separator: " ") { table[String(type)] = row.format } }
        for row in office { for type in row.types.split(separator: " ") { table["application/vnd.\(type)"] = row.format } }
        for row in openDocument {
            for suffix in ["", "-template"] { table["application/vnd.oasis.opendocument.\(row.kind)\(suffix)"] = row.format }
        }
        return table
    }()
}
