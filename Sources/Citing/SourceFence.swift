/// How retrieved text is quoted to a model.
///
/// Retrieved text is untrusted: anyone who can add a document writes it. It is fenced in `<source>` tags, and nothing in it can
/// open or close such a tag, or be read as a mark by which chat templates tell system, user and tools apart.
public enum SourceFence {
    /// A source in its tags.
    public static func quoted(_ source: CitedSource) -> String {
        var tag = "<source number=\"\(source.number)\" document=\"\(attribute(source.document))\""
        if let title = source.title, !title.isEmpty { tag += " title=\"\(attribute(title))\"" }
        if !source.headings.isEmpty { tag += " section=\"\(attribute(source.headings.joined(separator: " > ")))\"" }
        if let url = source.url, !url.isEmpty { tag += " url=\"\(attribute(url))\"" }
        tag += " bytes=\"\(source.span.lowerBound)-\(source.span.upperBound)\">"
        return "\(tag)\n\(fenced(source.text))\n</source>"
    }

    /// `text` on one line and without a character that could end the attribute or the tag.
    public static func attribute(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case _ where isOpeningBracket(scalar): output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "[": output += "&#91;"
            case _ where scalar.properties.generalCategory == .control || scalar.properties.isWhitespace: output += " "
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    /// `text` with every opening bracket escaped that begins a tag or a mark which is not the text's to write. Other brackets
    /// stay, for code is quoted too.
    ///
    /// - Parameter alsoTag: another tag that the text may neither open nor close, in lower case letters.
    public static func fenced(_ text: String, alsoTag: String? = nil) -> String {
        let tags = ["source"] + (alsoTag.map { [$0] } ?? [])
        let scalars = Array(text.unicodeScalars)
        var output = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            let following = scalars[(index + 1)...]
            if isOpeningBracket(scalar), tags.contains(where: { opens($0, following) }) || ControlMarks.opensAngled(following) {
                output.append(contentsOf: "&lt;".unicodeScalars)
            } else if scalar == "[", ControlMarks.opensSquare(following) {
                output.append(contentsOf: "&#91;".unicodeScalars)
            } else {
                output.append(scalar)
            }
        }
        return String(output)
    }

    /// `<`, and what looks like it: the small and fullwidth forms, and single left-pointing angle marks.
    private static func isOpeningBracket(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "<", "\u{FE64}", "\u{FF1C}", "\u{2039}", "\u{276E}", "\u{3008}", "\u{2329}", "\u{27E8}": true
        default: false
        }
    }

    /// Whether something like the tag's name, or `/` and the name, follows: in any case, and whatever blanks, marks or invisible characters
    /// lie between the letters.
    private static func opens(_ tag: String, _ following: ArraySlice<Unicode.Scalar>) -> Bool {
        var wanted = tag.unicodeScalars.makeIterator()
        var expected = wanted.next()
        for scalar in following.prefix(64) where scalar.properties.isAlphabetic {
            guard let letter = expected, folded(scalar) == letter else { return false }
            expected = wanted.next()
            if expected == nil { return true }
        }
        return false
    }

    /// The lower case ASCII letter of a letter or its fullwidth form; other scalars unchanged.
    private static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x41...0x5A: Unicode.Scalar(UInt8(scalar.value + 0x20))
        case 0xFF21...0xFF3A: Unicode.Scalar(UInt8(scalar.value - 0xFF21 + 0x61))
        case 0xFF41...0xFF5A: Unicode.Scalar(UInt8(scalar.value - 0xFF41 + 0x61))
        default: scalar
        }
    }
}
