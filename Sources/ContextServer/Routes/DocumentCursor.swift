import ByteText
import Failure
import Tenancy

/// The position where a page of documents ended: the last ID, in URL-safe base64. It grants no access: the next page is read in the scope
/// of the requesting key.
enum DocumentCursor {
    static func encode(_ id: DocumentID) -> String { Base64.encode(Array(id.rawValue.utf8), alphabet: .url) }

    static func decode(_ cursor: String) throws -> DocumentID {
        guard let bytes = Base64.decode(cursor, alphabet: .url), let text = String(validating: bytes, as: UTF8.self),
            let id = DocumentID(text)
        else {
            throw Failure.invalid("cursor is not valid; use the next_cursor of the previous page", field: "cursor")
        }
        return id
    }
}
