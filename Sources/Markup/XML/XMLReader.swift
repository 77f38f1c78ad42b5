public import Extraction

/// The extraction of text from XML: feeds, documents with titles and paragraphs, drawings (SVG), and records.
public enum XMLReader {
    /// - Parameter format: `.xml` or `.svg`.
    /// - Throws: `.undecodable`, `.malformed` for elements that are nested too deeply, `.tooLarge`, `.empty`.
    /// - Complexity: linear in the size of the file.
    public static func read(_ file: FileBytes, format: DocumentFormat, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument
    {
        guard file.count <= context.limits.maxBytes else {
            throw ExtractError(.tooLarge, "the document has \(file.count) bytes; the maximum is \(context.limits.maxBytes)")
        }
        let root = XMLRoot(limits: context.limits)
        try XMLTags.parse(file.all, declaredCharset: context.declaredCharset, limits: context.limits, into: root)
        return try root.document(mediaType: format.mediaType)
    }
}

/// A vocabulary of XML: what its elements mean for the text.
protocol XMLVocabulary: AnyObject {
    var failure: ExtractError? { get }
    /// - Parameter name: the name without its prefix, in lower case.
    func start(_ name: String, _ attributes: [(name: String, value: String)])
    func end(_ name: String)
    func characters(_ text: [UInt8])
    func document(mediaType: MediaType) throws(ExtractError) -> ExtractedDocument
}

/// Chooses the vocabulary by the root element, and passes events on to it.
final class XMLRoot: XMLTagHandler {
    private let limits: ExtractLimits
    private var vocabulary: (any XMLVocabulary)?

    init(limits: ExtractLimits) { self.limits = limits }

    var failure: ExtractError? { vocabulary?.failure }

    func document(mediaType: MediaType) throws(ExtractError) -> ExtractedDocument {
        guard let vocabulary else { throw ExtractError(.malformed, "the file has no XML element") }
        return try vocabulary.document(mediaType: mediaType)
    }

    func start(_ name: String, _ attributes: [(name: String, value: String)]) {
        let name = Self.local(name)
        if vocabulary == nil { vocabulary = Self.vocabulary(root: name, limits) }
        vocabulary?.start(name, attributes)
    }

    func end(_ name: String) { vocabulary?.end(Self.local(name)) }

    func characters(_ text: UnsafeBufferPointer<UInt8>) { vocabulary?.characters(Array(text)) }

    private static func vocabulary(root: String, _ limits: ExtractLimits) -> any XMLVocabulary {
        if FeedReader.roots.contains(root) { return FeedReader(limits: limits) }
        if root == "svg" { return DrawingReader(limits: limits) }
        return ArticleReader.roots.contains(root) ? ArticleReader(limits: limits) : RecordReader(limits: limits)
    }

    private static func local(_ name: String) -> String {
        let bytes = name.utf8
        let local = bytes.lastIndex(of: Ascii.colon).map { bytes[bytes.index(after: $0)...] } ?? bytes[...]
        return String(decoding: local.map(Ascii.lowercased), as: UTF8.self)
    }
}
