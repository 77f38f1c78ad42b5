internal import ByteText

/// A document's name within its tenant, chosen by the tenant or made by us: 1 to 512 bytes of UTF-8 without control
/// characters, and not `import`, which is a route beside the documents. Two tenants may use the same name for different
/// documents.
///
/// Ids are compared, ordered and hashed by their bytes, as the catalog does: an id in another Unicode normalisation form is another id.
public struct DocumentID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: String

    /// `nil` where `text` is empty, too long or holds a control character.
    public init?(_ text: String) {
        guard (1...Self.maximumBytes).contains(text.utf8.count), !text.hasSameBytes(as: "import"),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        else { return nil }
        rawValue = text
    }

    public static let maximumBytes = 512

    /// What a user is told when `init` gives `nil`.
    public static let rule = "1 to \(maximumBytes) bytes of UTF-8 without control characters, and not \"import\""

    /// A fresh random name, for a document that came without one.
    public static func random() -> DocumentID {
        var generator = SystemRandomNumberGenerator()
        return DocumentID(trusted: "doc_" + randomText(length: 20, using: &generator))
    }

    private init(trusted text: String) { rawValue = text }

    public var description: String { rawValue }

    public static func == (a: DocumentID, b: DocumentID) -> Bool { a.rawValue.hasSameBytes(as: b.rawValue) }

    public func hash(into hasher: inout Hasher) { rawValue.hashBytes(into: &hasher) }

    /// By bytes, as the catalog's keyset pages order them.
    public static func < (a: DocumentID, b: DocumentID) -> Bool { a.rawValue.precedesByBytes(b.rawValue) }
}
