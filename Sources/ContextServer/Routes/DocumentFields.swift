import Foundation
import Ingest
import JSON
import Tenancy

/// A document as users send it in JSON, checked: `{id?, title?, text, url?, metadata?}`.
struct DocumentFields {
    let id: DocumentID?
    let title: String?
    let url: String?
    let metadata: JSONObject

    static let maximumTitleBytes = 1024
    static let maximumURLBytes = 2048
    static let maximumMetadataBytes = 64 << 10

    /// - Parameter allowsUnderscoreID: whether `_id` may stand for `id`, as in test collections.
    /// - Throws: `JSONFieldError` naming the field; unknown fields are refused, since a misspelt one would lose data.
    static func parse(_ fields: JSONFields, allowsUnderscoreID: Bool) throws -> (fields: DocumentFields, text: String) {
        try fields.rejectUnknown(except: ["id", "title", "text", "url", "metadata"] + (allowsUnderscoreID ? ["_id"] : []))
        let id = try fields.optionalString("id") ?? (allowsUnderscoreID ? try fields.optionalString("_id") : nil)
        let parsed = DocumentFields(
            id: try id.map { try documentID($0, path: fields.path(of: "id")) },
            title: try title(fields.optionalString("title")), url: try url(fields.optionalString("url")),
            metadata: try metadata(fields.optionalObject("metadata")?.object ?? [:]))
        return (parsed, try fields.string("text"))
    }

    static func documentID(_ text: String, path: String = "id") throws(JSONFieldError) -> DocumentID {
        guard let id = DocumentID(text) else { throw JSONFieldError(path: path, reason: "must be \(DocumentID.rule)") }
        return id
    }

    /// One line of text; blank counts as none.
    static func title(_ text: String?) throws(JSONFieldError) -> String? {
        guard let trimmed = text?.trimmingCharacters(in: .whitespacesAndNewlines), !trimmed.isEmpty else { return nil }
        guard trimmed.utf8.count <= maximumTitleBytes else {
            throw JSONFieldError(path: "title", reason: "must not be longer than \(maximumTitleBytes) bytes")
        }
        // A control character in a title is never meant; NUL would end it early in the catalog.
        return String(String.UnicodeScalarView(trimmed.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    /// An absolute URL that a reader can follow; never one that would run as code when clicked.
    static func url(_ text: String?) throws(JSONFieldError) -> String? {
        guard let text, !text.isEmpty else { return nil }
        let scheme = text.prefix { $0 != ":" }.lowercased()
        let isScheme =
            scheme.utf8.count < text.utf8.count && scheme.first?.isLetter == true
            && scheme.utf8.allSatisfy { $0 < 0x80 && $0 > 0x20 }
        guard text.utf8.count <= maximumURLBytes, isScheme, !["javascript", "data", "vbscript"].contains(scheme),
            !text.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F })
        else {
            throw JSONFieldError(path: "url", reason: "must be an absolute URL of at most \(maximumURLBytes) bytes")
        }
        return text
    }

    static func metadata(_ object: JSONObject) throws(JSONFieldError) -> JSONObject {
        guard JSONValue.object(object).serialized().count <= maximumMetadataBytes else {
            throw JSONFieldError(path: "metadata", reason: "must not be larger than \(maximumMetadataBytes) bytes")
        }
        return object
    }
}
