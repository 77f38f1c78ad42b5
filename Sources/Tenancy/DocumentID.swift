internal import ByteText

/// A document's id within its tenant, chosen by the tenant or generated: 1 to 512 bytes of UTF-8 without control characters, and not
/// `import`, which is a route beside the documents. Two tenants may use the same id for different documents.
///
/// Ids are compared, ordered and hashed by their bytes, as in the catalog: another Unicode normalisation form is another id.
public struct DocumentID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: String

    /// Returns `nil` if `text` is empty, too long, contains a control character, or is `import`.
    public init?(_ text: String) {
        guard (1...Self.maximumBytes).contains(text.utf8.count), !text.hasSameBytes(as: "import"),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        else { return nil }
        rawValue = text
    }

    public static let maximumBytes = 512

    /// The rule, for error messages when `init` returns `nil`.
    public static let rule = "1 to \(maximumBytes) bytes of UTF-8 without control characters, and not \"import\""

    /// Returns a new random id, for a document uploaded without one.
    public static func random() -> DocumentID {
        var generator = SystemRandomNumberGenerator()
        return DocumentID(trusted: "doc_" + randomText(length: 20, using: &generator))
    }

    private init(trusted text: String) { rawValue = text }

    public var description: String { rawValue }

    public static func == (a: DocumentID, b: DocumentID) -> Bool { a.rawValue.hasSameBytes(as: b.rawValue) }

    public func hash(into hasher: inout Hasher) { rawValue.hashBytes(into: &hasher) }

    /// Compares by bytes, the order of the catalog's keyset pages.
    public static func < (a: DocumentID, b: DocumentID) -> Bool { a.rawValue.precedesByBytes(b.rawValue) }
}
