import ByteText
import Catalog
import Failure
import HTTPTypes
import Hummingbird
import Ingest
import NIOCore
import Originals
import Tenancy

/// `GET /v1/documents/{id}/original`: the uploaded file.
///
/// A browser saves the file and never shows it, whatever its type: it may be a page with scripts that another user uploaded.
struct OriginalRoute: Sendable {
    let catalog: CatalogStore
    /// `nil` if there is no store.
    let originals: OriginalKeeper?

    /// Number of times that a document which is being replaced is read.
    private static let attempts = 3

    func add(to endpoints: Endpoints) {
        endpoints.tenant(.get, "/v1/documents/:id/original", .getDocumentOriginal, needs: .read) { request, context, caller in
            guard let id = context.pathParameter("id").flatMap(DocumentID.init) else { throw DocumentRoutes.notFound }
            let conditions = try Preconditions(request.headers)
            for _ in 0..<Self.attempts {
                if let response = try await response(for: id, conditions, caller) { return response }
            }
            throw Failure(.internal, code: "original_missing", "the document's original is missing from the store")
        }
    }

    /// Returns `nil` if the store does not have the original, as when the document was replaced meanwhile.
    private func response(for id: DocumentID, _ conditions: Preconditions, _ caller: Caller) async throws -> Response? {
        let (record, original) = try await catalog.documentWithOriginal(id, in: caller.scope)
        guard let original, let originals else {
            throw Failure(.notFound, code: "original_not_kept", "the original of this document is not kept; GET …/content has its text")
        }
        let tag = DocumentTag(record.version)
        if let response = try conditions.notModified(tag) { return response }
        guard let reader = try await originals.open(original, in: caller.scope), reader.size == original.bytes else { return nil }
        return Response(status: .ok, headers: Self.headers(of: original, id), body: Self.body(reader)).tagged(tag)
    }

    private static func headers(of original: OriginalRecord, _ id: DocumentID) -> HTTPFields {
        var headers = HTTPFields()
        headers[.contentType] = original.mediaType
        // The last component, because some clients send whole paths and ids may be paths.
        let name = (original.fileName ?? id.rawValue).utf8.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }.last
        headers[.contentDisposition] = "attachment; filename*=UTF-8''\(PercentEncoding.encoded(name.map { Substring($0) } ?? "original"))"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.contentSecurityPolicy] = "sandbox; default-src 'none'"
        return headers
    }

    /// Returns a body that reads the file piece by piece, as the client takes it.
    private static func body(_ reader: any OriginalReader) -> ResponseBody {
        ResponseBody(contentLength: reader.size) { writer in
            for start in stride(from: 0, to: reader.size, by: ResponseBody.pieceBytes) {
                let piece = try await reader.bytes(in: start..<min(start + ResponseBody.pieceBytes, reader.size))
                try await writer.write(ByteBuffer(bytes: piece))
            }
            try await writer.finish(nil)
        }
    }
}
