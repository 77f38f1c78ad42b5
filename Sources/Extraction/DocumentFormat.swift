/// The supported document formats.
public enum DocumentFormat: String, Sendable, Hashable, CaseIterable {
    case plainText, markdown, html
    /// Delimited text: a record with the names of the columns, then one for each row.
    case csv
    /// JSON, or a sequence of JSON values on lines.
    case json
    /// HTML in the syntax of XML: empty elements, and CDATA sections.
    case xhtml
    case pdf
    case docx, xlsx, pptx
    case odt, ods, odp
    case epub, rtf
    /// A message with its attachments, a mailbox of messages, and Outlook's form of a message.
    case eml, mbox, msg
    case xml, svg, notebook
    /// The formats of Office before 2007.
    case doc, xls, ppt
    case image

    /// Whether `Extractor` reads the format from its bytes alone.
    public var isText: Bool {
        switch self {
        case .plainText, .markdown, .html, .csv, .json, .xhtml: true
        default: false
        }
    }

    /// The formats that `Extractor` reads.
    public static let texts = allCases.filter(\.isText)

    public var mediaType: MediaType {
        switch self {
        case .plainText, .csv, .json: .plainText
        case .markdown: .markdown
        case .html, .xhtml: .html
        case .pdf: MediaType(essence: "application/pdf")
        case .docx: MediaType(essence: "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
        case .xlsx: MediaType(essence: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        case .pptx: MediaType(essence: "application/vnd.openxmlformats-officedocument.presentationml.presentation")
        case .odt: MediaType(essence: "application/vnd.oasis.opendocument.text")
        case .ods: MediaType(essence: "application/vnd.oasis.opendocument.spreadsheet")
        case .odp: MediaType(essence: "application/vnd.oasis.opendocument.presentation")
        case .epub: MediaType(essence: "application/epub+zip")
        case .rtf: MediaType(essence: "application/rtf")
        case .eml: MediaType(essence: "message/rfc822")
        case .mbox: MediaType(essence: "application/mbox")
        case .msg: MediaType(essence: "application/vnd.ms-outlook")
        case .xml: MediaType(essence: "application/xml")
        case .svg: MediaType(essence: "image/svg+xml")
        case .notebook: MediaType(essence: "application/x-ipynb+json")
        case .doc: MediaType(essence: "application/msword")
        case .xls: MediaType(essence: "application/vnd.ms-excel")
        case .ppt: MediaType(essence: "application/vnd.ms-powerpoint")
        case .image: MediaType(essence: "image/*")
        }
    }

    /// The supported media types, for messages and for the `Accept-Post` header.
    public static let supportedMediaTypes = ["text/plain", "text/markdown", "text/html", "application/xhtml+xml"]

    static let supportedSummary =
        supportedMediaTypes.joined(separator: ", ") + ", and source code, CSV, JSON or logs as plain text"

    /// Detects the format of a file.
    ///
    /// Known magic numbers are rejected first: a PDF is rejected whatever its name. Then the declared type decides, unless it is
    /// missing or generic (`application/octet-stream`); then the file extension; then the first bytes. Clients derive the declared type
    /// from tables that know no `.ts` but video and no `.org` but Lotus, so an unsupported type does not prevail over the extension of a
    /// text format if the bytes are text.
    ///
    /// - Parameters:
    ///   - contentType: the `Content-Type` of the file, including parameters.
    ///   - bytes: the whole file, or at least its first 4 KiB.
    /// - Throws: `.unsupportedMediaType`, with a message that lists the supported formats.
    public static func detect(
        contentType: String?, fileName: String?, bytes: [UInt8]
    ) throws(ExtractError) -> DocumentFormat {
        if let name = MagicNumber.name(of: bytes) { throw .unsupported(name) }
        let byName = fileName.flatMap(FileExtension.init(fileName:))
        do throws(ExtractError) {
            if let contentType, let declared = try format(declaredAs: contentType) {
                // Servers and browsers often declare Markdown, CSV and JSON as plain text.
                guard declared == .plainText, case .format(let named) = byName, [.markdown, .csv, .json].contains(named) else {
                    return declared
                }
                return named
            }
        } catch {
            guard case .format(let format) = byName, isText(bytes), contentType.flatMap(MediaType.init) != nil else { throw error }
            return format
        }
        switch byName {
        case .format(let format): return format
        case .foreign(let name): throw .unsupported("a .\(name) file")
        case .unknown, nil: return try guess(bytes)
        }
    }

    /// Returns the declared format, or `nil` if the declaration is blank or generic.
    private static func format(declaredAs contentType: String) throws(ExtractError) -> DocumentFormat? {
        if contentType.utf8.allSatisfy(Ascii.isBlank) { return nil }
        guard let essence = MediaType(contentType)?.essence else { throw .unsupported("the declared media type") }
        if saysNothing.contains(essence) { return nil }
        switch essence {
        case "text/html": return .html
        case "application/xhtml+xml": return .xhtml
        case "text/markdown", "text/x-markdown", "application/markdown": return .markdown
        case "text/csv", "text/tab-separated-values", "application/csv": return .csv
        case "text/rtf": throw .unsupported(essence)
        default:
            if jsonTypes.contains(essence) || essence.hasSuffix("+json") { return .json }
            if essence.hasPrefix("text/") || textual.contains(essence) { return .plainText }
            if essence.hasPrefix("application/"), essence.hasSuffix("+xml") {
                return .plainText
            }
            throw .unsupported(essence.utf8.count <= 100 ? essence : "the declared media type")
        }
    }

    /// The last is what curl declares for every body.
    private static let saysNothing: Set<String> = [
        "application/octet-stream", "binary/octet-stream", "*/*", "application/x-www-form-urlencoded",
    ]

    /// Media types outside of `text/` whose content is text.
    private static let textual: Set<String> = [
        "application/xml", "application/yaml", "application/x-yaml", "application/toml", "application/sql", "application/graphql",
        "application/javascript", "application/x-javascript", "application/ecmascript", "application/typescript",
        "application/x-sh", "application/x-python", "application/x-tex", "application/x-subrip",
    ]

    private static let jsonTypes: Set<String> = [
        "application/json", "application/jsonl", "application/x-jsonl", "application/ndjson", "application/x-ndjson", "text/json",
    ]

    /// Returns whether the first bytes are text: they have no NULs, unless those of UTF-16.
    private static func isText(_ bytes: [UInt8]) -> Bool {
        !bytes.prefix(4096).contains(0) || EncodingGuess.utf16(bytes) != nil || EncodingGuess.hasUTF16Mark(bytes)
    }

    /// Guesses the format of a file without a declared type or a known extension.
    private static func guess(_ bytes: [UInt8]) throws(ExtractError) -> DocumentFormat {
        guard isText(bytes) else { throw .unsupported("binary data") }
        let start = bytes.prefix(4096)
        // Without NULs, the markup of UTF-16 text is readable as ASCII.
        let squeezed = start.filter { $0 != 0 && $0 < 0x80 }.drop(while: Ascii.isWhite).prefix(14).map(Ascii.lowercased)
        let opening = String(decoding: squeezed, as: UTF8.self)
        return ["<!doctype html", "<html", "<head>", "<body"].contains(where: opening.hasPrefix) ? .html : .plainText
    }
}
