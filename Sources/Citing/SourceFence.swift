/// The quotation of retrieved text for a model.
///
/// Retrieved text is untrusted: anyone who can add a document writes it. It is fenced in tags with an unguessable name (`QuoteTag`). Text
/// that reads like such a tag, like a chat template's mark for system, user or tools, or like the start of a turn is escaped. Invisible
/// characters are removed, and lookalike characters are treated as the characters that they resemble.
public enum SourceFence {
    /// Returns a new tag for the sources of one prompt; it differs on every call.
    public static func tag(for sources: [CitedSource]) -> QuoteTag {
        QuoteTag(
            "source",
            quoting: sources.lazy.flatMap(content), nonce: .random(in: .min ... .max))
    }

    private static func content(of source: CitedSource) -> [String] {
        let numbers = "\(source.number) \(source.span.lowerBound) \(source.span.upperBound)"
        let place = source.parts.place?.text ?? ""
        let fields = [numbers, source.document, source.title ?? "", source.url ?? "", place, "\(source.headings.count)"]
        return fields + source.headings + [source.text]
    }

    /// Returns a source, quoted in its tags.
    public static func quoted(_ source: CitedSource, in tag: QuoteTag) -> String {
        var opening = "<\(tag.name) number=\"\(source.number)\" document=\"\(attribute(source.document))\""
        if let title = source.title, !title.isEmpty { opening += " title=\"\(attribute(title))\"" }
        if !source.headings.isEmpty { opening += " section=\"\(attribute(source.headings.joined(separator: " > ")))\"" }
        if let place = source.parts.place { opening += " place=\"\(attribute(place.text))\"" }
        if let url = source.url, !url.isEmpty { opening += " url=\"\(attribute(url))\"" }
        opening += " bytes=\"\(source.span.lowerBound)-\(source.span.upperBound)\">"
        return "\(opening)\n\(fenced(source.text))\n</\(tag.name)>"
    }

    /// Returns `text` on one line, with `&`, `<`, `>`, `"`, `[` and their lookalikes escaped, so that it cannot end the attribute or the
    /// tag.
    public static func attribute(_ text: String) -> String {
        var output = UTF8Text()
        for scalar in QuotedText.visible(text) {
            switch Lookalikes.reading(of: scalar) {
            case UInt8(ascii: "&"): output.append("&amp;")
            case UInt8(ascii: "<"): output.append("&lt;")
            case UInt8(ascii: ">"): output.append("&gt;")
            case UInt8(ascii: "\""): output.append("&quot;")
            case UInt8(ascii: "["): output.append("&#91;")
            case UInt8(ascii: " "), UInt8(ascii: "\n"): output.append(" ")
            default: output.append(scalar)
            }
        }
        return output.string
    }

    /// Returns `text` with every bracket escaped that begins a reserved tag or mark, and every colon after a role name at the start of a
    /// line. Other brackets and colons stay, since code and dialogues are quoted too.
    ///
    /// - Parameter alsoTag: another tag that the text may neither open nor close, in lower case letters.
    /// - Complexity: linear in the text's length.
    public static func fenced(_ text: String, alsoTag: String? = nil) -> String {
        let scalars = QuotedText.visible(text)
        let escaped = FencedMarks(scalars.map(Lookalikes.reading), tags: ["source"] + (alsoTag.map { [$0] } ?? [])).places
        var output = UTF8Text()
        output.reserve(text.utf8.count)
        var next = escaped.makeIterator()
        var place = next.next()
        for (index, scalar) in scalars.enumerated() {
            if index == place {
                output.append(escape(scalar))
                place = next.next()
            } else {
                output.append(scalar)
            }
        }
        return output.string
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        Lookalikes.reading(of: scalar) == UInt8(ascii: "<") ? "&lt;" : "&#\(scalar.value);"
    }
}
