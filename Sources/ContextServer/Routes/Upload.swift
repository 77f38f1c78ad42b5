import ByteText
import Failure
import HTTPTypes
import Hummingbird
import Ingest
import JSON
import Tenancy

/// The parser of uploaded documents: JSON, a multipart form, or a raw body.
struct Upload: Sendable {
    /// Maximum size of a document, in bytes.
    let maximumDocumentBytes: Int
    let metadataLimits: MetadataLimits

    /// Allowance for content around the document itself, in bytes: other form fields, JSON escapes.
    static let framingBytes = 1 << 20

    /// Maximum size of a body in JSON or of a form, in bytes.
    var maximumBodyBytes: Int { maximumDocumentBytes + Self.framingBytes }

    /// Reads the document of `POST /v1/documents`: JSON or multipart.
    func posted(_ request: Request, _ context: ServerContext) async throws -> SourceDocument {
        switch request.mediaType {
        case "multipart/form-data": try await form(request, context)
        case nil, "application/json": try await json(request, context, id: nil)
        case .some:
            throw Failure(
                .unsupportedFormat, code: "unsupported_media_type",
                "Content-Type must be application/json or multipart/form-data; send a raw body with PUT /v1/documents/{id}")
        }
    }

    /// Reads the document of `PUT /v1/documents/{id}`: JSON, multipart, or the document itself with its own content type.
    func put(_ request: Request, _ context: ServerContext, id: DocumentID) async throws -> SourceDocument {
        switch request.mediaType {
        case "application/json": return try await json(request, context, id: id)
        case "multipart/form-data":
            let document = try await form(request, context)
            return SourceDocument(
                id: id, title: document.title, url: document.url, metadata: document.metadata, bytes: document.bytes,
                contentType: document.contentType, fileName: document.fileName)
        default:
            let bytes = try await request.bytes(upTo: maximumDocumentBytes, in: context)
            return SourceDocument(id: id, bytes: bytes, contentType: request.headers[.contentType], fileName: id.rawValue)
        }
    }

    private func json(_ request: Request, _ context: ServerContext, id: DocumentID?) async throws -> SourceDocument {
        let fields = try await request.jsonFields(upTo: maximumBodyBytes, in: context)
        let (document, text) = try DocumentFields.parse(fields, allowsUnderscoreID: false, metadata: metadataLimits)
        if let id, let named = document.id, named != id {
            throw JSONFieldError(path: "id", reason: "must match the id in the path, or be omitted")
        }
        return try Self.source(document, text: text, id: id ?? document.id)
    }

    /// Returns a document whose text was in JSON; a blank text is refused here, before anything is queued.
    static func source(_ document: DocumentFields, text: String, id: DocumentID?) throws -> SourceDocument {
        guard text.utf8.contains(where: { $0 > 0x20 }) else {
            throw Failure(.unprocessable, code: "empty", "text is blank", field: "text")
        }
        guard !text.utf8.contains(0) else { throw JSONFieldError(path: "text", reason: "must not contain NUL characters") }
        return SourceDocument(
            id: id ?? .random(), title: document.title, url: document.url, metadata: document.metadata, text: text)
    }

    private func form(_ request: Request, _ context: ServerContext) async throws -> SourceDocument {
        let bytes = try await request.bytes(upTo: maximumBodyBytes, in: context)
        let contentType = request.headers[.contentType] ?? ""
        let limits = context.parser.limits
        return try context.parser.run { isCancelled in
            try Self.document(try Self.parts(bytes, contentType), limits, metadataLimits, isCancelled)
        }
    }

    private static func parts(_ body: [UInt8], _ contentType: String) throws -> [MultipartPart] {
        do throws(MultipartError) {
            return try MultipartForm.parse(body: body, contentType: contentType)
        } catch {
            throw Failure.invalid("the multipart body is not valid: \(error.detail)", code: "invalid_multipart")
        }
    }

    private static func document(
        _ parts: [MultipartPart], _ json: JSONLimits, _ limits: MetadataLimits, _ isCancelled: @escaping () -> Bool
    ) throws -> SourceDocument {
        try refuseUnknown(parts)
        guard let file = parts.first(where: { $0.name == "file" }) else {
            throw JSONFieldError(path: "file", reason: "is missing")
        }
        let id = try text("id", parts).map { try DocumentFields.documentID($0) }
        return SourceDocument(
            id: id ?? .random(), title: try DocumentFields.title(text("title", parts)),
            url: try DocumentFields.url(text("url", parts)),
            metadata: try metadata(parts, json, limits, isCancelled), bytes: Array(file.body),
            contentType: file.contentType, fileName: file.fileName)
    }

    private static func refuseUnknown(_ parts: [MultipartPart]) throws {
        let known = ["file", "id", "title", "url", "metadata"]
        var seen: Set<String> = []
        for part in parts {
            guard part.name.hasSameBytes(asOneOf: known) else {
                throw JSONFieldError(
                    path: part.name.shortened(toBytes: 40), reason: "is not a known field; known are \(known.joined(separator: ", "))")
            }
            guard seen.insert(part.name).inserted else { throw JSONFieldError(path: part.name, reason: "is given twice") }
        }
    }

    private static func text(_ name: String, _ parts: [MultipartPart]) throws -> String? {
        guard let part = parts.first(where: { $0.name == name }) else { return nil }
        guard let text = String(validating: part.body, as: UTF8.self) else {
            throw JSONFieldError(path: name, reason: "is not valid UTF-8")
        }
        return text.isEmpty ? nil : text
    }

    private static func metadata(
        _ parts: [MultipartPart], _ json: JSONLimits, _ limits: MetadataLimits, _ isCancelled: @escaping () -> Bool
    ) throws -> JSONObject {
        guard let text = try text("metadata", parts) else { return [:] }
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: Array(text.utf8), limits: json, isCancelled: isCancelled) } catch {
            if error.code == .cancelled { throw CancellationError() }
            if error.code.isLimit { throw error }
            throw JSONFieldError(path: "metadata", reason: "must be a JSON object: \(error)")
        }
        guard let object = value.objectValue else { throw JSONFieldError(path: "metadata", reason: "must be a JSON object") }
        return try DocumentFields.metadata(object, limits)
    }
}
