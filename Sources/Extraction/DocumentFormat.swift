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

    /// Whether the files are text, with or without markup, so that they need no signature.
    var isMarkup: Bool {
        switch self {
        case .xml, .svg, .eml, .mbox, .notebook: true
        default: isText
        }
    }

    /// Whether the format is recognised only to say that it is not read.
    package var isLegacy: Bool { [.doc, .xls, .ppt].contains(self) }
}
