import Foundation
import Tenancy

/// Where a page of documents ended: the last id, in URL-safe base64. It grants nothing: the next page is read in the
/// scope of the key that asks for it.
enum DocumentCursor {
    static func encode(_ id: DocumentID) -> String {
        Data(id.rawValue.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func decode(_ cursor: String) throws -> DocumentID {
        var base64 = cursor.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let bytes = Data(base64Encoded: base64), let text = String(validating: bytes, as: UTF8.self),
            let id = DocumentID(text)
        else { throw Problem.invalid("cursor is not one that this server gave", field: "cursor") }
        return id
    }
}
