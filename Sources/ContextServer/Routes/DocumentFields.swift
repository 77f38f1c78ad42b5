import Foundation
import Ingest
package import JSON
package import Tenancy

/// The validated fields of a document in JSON: `{id?, title?, text, url?, metadata?}`.
package struct DocumentFields {
    package let id: DocumentID?
    package let title: String?
    package let url: String?
    package let metadata: JSONObject

    static let maximumTitleBytes = APISchema.maximumTitleBytes
    static let maximumURLBytes = APISchema.maximumURLBytes

    /// - Parameter allowsUnderscoreID: whether `_id` is accepted for `id`, as in test collections.
    /// - Throws: `JSONFieldError` that names the field; unknown fields are errors, since a misspelt one would lose data.
    package static func parse(
        _ fields: JSONFields, allowsUnderscoreID: Bool, metadata limits: MetadataLimits
    ) throws -> (fields: DocumentFields, text: String) {
        try fields.rejectUnknown(except: ["id", "title", "text", "url", "metadata"] + (allowsUnderscoreID ? ["_id"] : []))
        let id = try fields.optionalString("id") ?? (allowsUnderscoreID ? try fields.optionalString("_id") : nil)
        let parsed = DocumentFields(
            id: try id.map { try documentID($0, path: fields.path(of: "id")) },
            title: try title(fields.optionalString("title")), url: try url(fields.optionalString("url")),
            metadata: try metadata(fields.optionalObject("metadata")?.object ?? [:], limits))
        return (parsed, try fields.string("text"))
    }

    static func documentID(_ text: String, path: String = "id") throws(JSONFieldError) -> DocumentID {
        guard let id = DocumentID(text) else { throw JSONFieldError(path: path, reason: "must be \(DocumentID.rule)") }
        return id
    }

    /// Returns the title as one line of text; `nil` if it is blank.
    static func title(_ text: String?) throws(JSONFieldError) -> String? {
        let tooLong = JSONFieldError(path: "title", reason: "must not be longer than \(maximumTitleBytes) bytes")
        // Surrounding white space does not count, up to a limit: trimming takes time.
        guard (text?.utf8.count ?? 0) <= 64 * maximumTitleBytes else { throw tooLong }
        guard let trimmed = text?.trimmingCharacters(in: .whitespacesAndNewlines), !trimmed.isEmpty else { return nil }
        guard trimmed.utf8.count <= maximumTitleBytes else { throw tooLong }
        // Control characters in a title are never intended; NUL would end it early in the catalog.
        return String(String.UnicodeScalarView(trimmed.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    /// Returns the URL if it is absolute and does not run as code when a reader clicks it; `nil` if it is empty.
    static func url(_ text: String?) throws(JSONFieldError) -> String? {
        guard let text, !text.isEmpty else { return nil }
        let wrong = JSONFieldError(path: "url", reason: "must be an absolute URL of at most \(maximumURLBytes) bytes")
        guard text.utf8.count <= maximumURLBytes else { throw wrong }
        let scheme = text.prefix { $0 != ":" }.lowercased()
        let isScheme =
            scheme.utf8.count < text.utf8.count && scheme.first?.isLetter == true
            && scheme.utf8.allSatisfy { $0 < 0x80 && $0 > 0x20 }
        guard isScheme, !["javascript", "data", "vbscript"].contains(scheme),
            !text.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F })
        else { throw wrong }
        return text
    }

    static func metadata(_ object: JSONObject, _ limits: MetadataLimits) throws(JSONFieldError) -> JSONObject {
        try limits.check(object)
        return object
    }
}
