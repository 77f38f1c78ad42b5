/// The control words that begin a destination, and those that stand for characters.
enum RTFDestinations {
    /// Returns the destination that a control word begins; `nil` if it begins none or its text belongs to the paragraph around it.
    static func destination(_ word: String) -> RTFState.Destination? { table[word] }

    /// Whether a destination after `\*` is one that is read, or whose text belongs to the paragraph around it.
    static func isKnown(_ word: String) -> Bool { table[word] != nil || transparent.contains(word) }

    static let characters: [String: String] = [
        "tab": "\t", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“",
        "rdblquote": "”",
        "emspace": " ", "enspace": " ", "qmspace": " ", "zwj": "\u{200D}", "zwnj": "\u{200C}", "ltrmark": "\u{200E}", "rtlmark": "\u{200F}",
    ]

    /// Groups around the text of shapes.
    private static let transparent: Set<String> = ["shpinst", "do"]

    private static let skipped = """
        colortbl info pict header headerl headerr headerf footer footerl footerr footerf ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn
        themedata filetbl listtable listoverridetable revtbl rsidtbl pgdsctbl xmlnstbl nonshppict pn bkmkstart bkmkend fldinst tc tcn xe
        generator datafield template latentstyles sp shprslt objdata objclass objname shppict upr atnid atnauthor atndate atnref atntime
        atrfstart atrfend private operator author subject keywords comment doccomm company manager category creatim revtim printim buptim
        nonesttables userprops docvar mmathPr wgrffmtfilter xform panose falt
        """

    private static let table: [String: RTFState.Destination] = {
        var table: [String: RTFState.Destination] = [:]
        for word in skipped.split(whereSeparator: \.isWhitespace) { table[String(word)] = .skipped }
        table["fonttbl"] = .fontTable
        table["stylesheet"] = .styleSheet
        table["title"] = .title
        for word in ["pntext", "listtext"] { table[word] = .marker }
        for word in ["footnote", "annotation"] { table[word] = .note }
        for word in ["shptxt", "dptxbxtext", "ud"] { table[word] = .body }
        return table
    }()
}
