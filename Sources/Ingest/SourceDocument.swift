import Extraction
public import JSON
public import Tenancy
import Workers

/// An uploaded document before extraction.
public struct SourceDocument: Sendable {
    public let id: DocumentID
    /// The title given in the upload. If `nil`, the title found in the document is used, if any.
    public let title: String?
    public let url: String?
    public let metadata: JSONObject
    public let bytes: [UInt8]
    /// The `Content-Type` that the upload declared, including parameters; `nil` if it declared none.
    public let contentType: String?
    public let fileName: String?
    /// Whether the bytes are already decoded text, such as from a JSON string, instead of a file whose format must be detected.
    public let isText: Bool

    public init(
        id: DocumentID, title: String? = nil, url: String? = nil, metadata: JSONObject = [:], bytes: [UInt8],
        contentType: String?, fileName: String? = nil, isText: Bool = false
    ) {
        (self.id, self.title, self.url, self.metadata) = (id, title, url, metadata)
        (self.bytes, self.contentType, self.fileName, self.isText) = (bytes, contentType, fileName, isText)
    }

    /// Creates a document whose text came as a JSON string.
    public init(id: DocumentID, title: String?, url: String?, metadata: JSONObject, text: String) {
        self.init(
            id: id, title: title, url: url, metadata: metadata, bytes: Array(text.utf8), contentType: nil,
            isText: true)
    }
}

extension SourceDocument {
    /// - Throws: `.unsupportedMediaType` if the declared type, the name or the bytes show a format that is not read; `.encrypted` and
    ///   `.malformed` if the bytes show at once that the file cannot be read.
    func format() throws(ExtractError) -> DocumentFormat {
        if isText { return .plainText }
        let format = try DocumentFormat.detect(contentType: contentType, fileName: fileName, bytes: bytes)
        if format.isLegacy { throw .unsupported("a file of Office before 2007 (.\(format.rawValue))") }
        return format
    }

    /// Returns whether this process reads the document itself: text, Markdown, delimited text and JSON. Their parsers are of our own, in
    /// Swift that checks memory, without C, and linear; a worker would cost more than they do. Everything else goes to a worker process.
    ///
    /// - Throws: as `format` does.
    func isReadInProcess() throws(ExtractError) -> Bool {
        switch try format() {
        case .plainText, .markdown, .csv, .json: true
        default: false
        }
    }

    /// - Throws: `ExtractError`, as `Extractor` does.
    func extractInProcess(_ limits: ExtractLimits) throws(ExtractError) -> ExtractedDocument {
        if isText { return try Extractor.extract(text: bytes, limits: limits) }
        return try Extractor.extract(
            bytes, format: format(), declaredCharset: contentType.flatMap { MediaType($0) }?.charset, limits: limits)
    }

    func toRead(_ limits: ExtractLimits) -> DocumentToRead {
        DocumentToRead(.bytes(bytes), contentType: contentType, fileName: fileName, limits: limits)
    }
}

// The fields that a durable job stores in addition to the bytes.
extension SourceDocument {
    var header: JSONObject {
        var header: JSONObject = ["metadata": .object(metadata)]
        header["title"] = title.map(JSONValue.string)
        header["url"] = url.map(JSONValue.string)
        header["content_type"] = contentType.map(JSONValue.string)
        header["file_name"] = fileName.map(JSONValue.string)
        if isText { header["is_text"] = true }
        return header
    }

    init(id: DocumentID, header: JSONObject, bytes: [UInt8]) {
        self.init(
            id: id, title: header["title"]?.stringValue, url: header["url"]?.stringValue,
            metadata: header["metadata"]?.objectValue ?? [:], bytes: bytes, contentType: header["content_type"]?.stringValue,
            fileName: header["file_name"]?.stringValue, isText: header["is_text"]?.boolValue ?? false)
    }
}
