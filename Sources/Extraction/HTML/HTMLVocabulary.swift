/// The elements that affect text extraction. All other elements are inline: their tags are dropped, their text is kept.
enum HTMLVocabulary {
    enum Treatment {
        /// Kept under its own name, because libxml2 knows how it nests.
        case structure
        /// Kept, without an end tag.
        case void
        /// A generic block, kept as a `div`, which closes an open paragraph.
        case division
        /// A block with a known purpose, kept as a marked `div`.
        case region(HTMLMark)
        /// Kept as a `div` marked hidden, because its content is not shown as text.
        case unseen
        /// Dropped up to its end tag; tags inside it are ignored.
        case raw
        /// Shown, but contains only characters, not tags.
        case title, textArea
        /// Only the tag is dropped: the element is implied, or has neither text nor end tag.
        case ignored
    }

    private static let names: [(treatment: Treatment, names: String)] = [
        (.structure, "p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption thead tbody tfoot tr td th pre blockquote"),
        (.void, "br hr img"),
        (.division, "div section form fieldset legend center address details summary figure figcaption hgroup search"),
        (.division, "dialog dir menu listing optgroup option"),
        (.region(.main), "main"), (.region(.article), "article"), (.region(.header), "header"), (.region(.boilerplate), "nav footer aside"),
        (.unseen, "noscript template svg select datalist audio video canvas object applet annotation annotation-xml"),
        (.raw, "script style iframe noembed noframes"), (.title, "title"), (.textArea, "textarea"),
        (.ignored, "html head body meta link base area col colgroup embed input param source track wbr frame frameset"),
    ]

    static let treatments: [String: Treatment] = names.reduce(into: [:]) { table, row in
        for name in row.names.split(separator: " ") { table[String(name)] = row.treatment }
    }

    /// Classes that common generators use for elements that are not content: edit links, anchors beside headings.
    static let decorativeClasses: Set<String> = ["mw-editsection", "headerlink", "mw-jump-link", "noprint"]
}

/// The marks that the sieve sets on elements for the text builder, one letter each.
enum HTMLMark: UInt8 {
    case hidden = 0x68  // h
    case main = 0x6D  // m
    case article = 0x61  // a
    case header = 0x74  // t
    case boilerplate = 0x62  // b
}
