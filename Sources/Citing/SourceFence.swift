/// How retrieved text is quoted to a model.
///
/// Retrieved text is untrusted: anyone who can add a document writes it. It is fenced in tags whose name cannot be guessed (`QuoteTag`), and
/// nothing in it reads like such a tag, like a mark by which chat templates tell system, user and tools apart, or like the beginning of a
/// turn. Characters that nobody sees are left out, and characters that look like others are taken for these.
public enum SourceFence {
    /// The tag of the sources of one prompt: another one each time.
    public static func tag(for sources: [CitedSource]) -> QuoteTag {
        QuoteTag(
            "source",
            quoting: sources.lazy.flatMap { source in
                [
                    "\(source.number) \(source.span.lowerBound) \(source.span.upperBound)", source.document, source.title ?? "",
                    source.url ?? "", "\(source.headings.count)",
                ] + source.headings + [source.text]
            }, nonce: .random(in: .min ... .max))
    }

    /// A source in its tags.
    public static func quoted(_ source: CitedSource, in tag: QuoteTag) -> String {
        var opening = "<\(tag.name) number=\"\(source.number)\" document=\"\(attribute(source.document))\""
        if let title = source.title, !title.isEmpty { opening += " title=\"\(attribute(title))\"" }
        if !source.headings.isEmpty { opening += " section=\"\(attribute(source.headings.joined(separator: " > ")))\"" }
        if let url = source.url, !url.isEmpty { opening += " url=\"\(attribute(url))\"" }
        opening += " bytes=\"\(source.span.lowerBound)-\(source.span.upperBound)\">"
        return "\(opening)\n\(fenced(source.text))\n</\(tag.name)>"
    }

    /// `text` on one line and without a character that could end the attribute or the tag, or reads as if it could.
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

    /// `text` with every bracket escaped that begins a tag or a mark which is not the text's to write, and every colon behind the name of
    /// a role at the beginning of a line. Other brackets and colons stay, for code and dialogues are quoted too.
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
