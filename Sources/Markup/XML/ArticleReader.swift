import Extraction

/// Documents with sections, titles and paragraphs, such as those of DocBook, JATS, TEI and DITA.
final class ArticleReader: XMLVocabulary {
    static let roots: Set<String> = [
        "article", "book", "chapter", "section", "sect1", "part", "appendix", "refentry", "tei", "tei.2", "document", "doc", "topic",
        "concept",
        "task", "reference", "fictionbook", "set", "preface", "paper",
    ]

    private enum Role { case section, title, paragraph, code, row, cell, item, hidden, inline }

    private let limits: ExtractLimits
    private var builder: DocumentBuilder
    private var title: String?
    private var text: [UInt8] = []
    private var sections = 0
    /// The roles of the open elements, and how many of each there are.
    private var open: [Role] = []
    private var hidden = 0
    private var titles = 0
    private var isItem = false
    private var cells: [String] = []
    private var rows: [[String]] = []
    private var headerRows = 0
    private var isHeaderRow = false
    private var isHead = false
    private var rowDepth = 0

    /// Elements with parts of a name, between which no white space stands.
    private static let words: Set<String> = [
        "surname", "given-names", "firstname", "forename", "prefix", "suffix", "institution", "country",
    ]

    private static let roles: [String: Role] = {
        let names: [(Role, String)] = [
            (
                .section,
                "sec section sect1 sect2 sect3 sect4 sect5 chapter part appendix abstract div div1 div2 div3 topic concept task reference "
                    + "body preface refsect1 refsect2"
            ),
            (.title, "title article-title head heading chapter-title booktitle book-title refname hd h1 h2 h3 h4 h5 h6"),
            (
                .paragraph,
                "p para simpara formalpara paragraph ab l line subtitle note caption term entry-title v verse quote "
                    + "blockquote name personname aff"
            ),
            (.code, "programlisting screen literallayout codeblock preformat synopsis pre code-block"), (.row, "tr row"),
            (.cell, "td th entry cell entrytbl"), (.item, "listitem list-item li item step"),
            (
                .hidden,
                "style script metadata journal-meta article-id contrib-id permissions binary graphic-data indexterm colspec custom-meta"
            ),
        ]
        return names.reduce(into: [:]) { table, row in for name in row.1.split(separator: " ") { table[String(name)] = row.0 } }
    }()

    init(limits: ExtractLimits) { (self.limits, builder) = (limits, DocumentBuilder(limits: limits)) }

    var failure: ExtractError? { builder.isFull ? ExtractError(.tooLarge, "the document has too much text") : nil }

    func document(mediaType: MediaType) throws(ExtractError) -> ExtractedDocument {
        flush()
        endTable()
        return try builder.document(title: title, mediaType: mediaType)
    }

    func start(_ name: String, _ attributes: [(name: String, value: String)]) {
        let role = Self.roles[name] ?? .inline
        open.append(role)
        switch role {
        case .hidden: hidden += 1
        case .section:
            flush()
            sections += 1
        case .row:
            flush()
            rowDepth += 1
            isHeaderRow = isHeaderRow && rowDepth > 1
        case .cell:
            if rowDepth == 0 { flush() }
            if name == "th" { isHeaderRow = true }
        case .title:
            // A title in the middle of a paragraph, as in references, is part of it.
            if !isInline { flush() }
            titles += 1
        case .item:
            flush()
            isItem = true
        case .paragraph, .code: if rowDepth == 0, titles == 0 { flush() } else { text.append(Ascii.space) }
        case .inline: if rowDepth == 0, titles == 0, !isInline { flush() }
        }
        if name == "thead" { isHead = true }
    }

    /// Whether text belongs to an open paragraph or cell.
    private var isInline: Bool { open.dropLast().suffix(8).contains { $0 == .paragraph || $0 == .title || $0 == .cell || $0 == .code } }

    func characters(_ text: [UInt8]) { if hidden == 0 { self.text += text } }

    func end(_ name: String) {
        guard let role = open.popLast() else { return }
        if name == "thead" { isHead = false }
        switch role {
        case .hidden: hidden -= 1
        case .section:
            flush()
            sections -= 1
        case .title:
            titles -= 1
            if titles == 0 { endTitle() }
        case .code: if rowDepth == 0 { flush(asCode: true) }
        case .cell: if rowDepth == 1 { endCell() } else { text.append(Ascii.space) }
        case .row:
            rowDepth -= 1
            if rowDepth == 0 { endRow() }
        case .paragraph, .item: if rowDepth == 0, titles == 0 { flush() } else { text.append(Ascii.space) }
        case .inline where Self.words.contains(name): text.append(Ascii.space)
        case .inline: if rowDepth == 0, titles == 0, !open.suffix(8).contains(where: { $0 == .paragraph || $0 == .code }) { flush() }
        }
    }

    private func endTitle() {
        guard rowDepth == 0, !open.contains(.paragraph), !open.contains(.item) else {
            text.append(Ascii.space)
            return
        }
        let heading = String(decoding: text, as: UTF8.self)
        text = []
        guard !heading.utf8.allSatisfy(Ascii.isWhite) else { return }
        endTable()
        if title == nil { title = heading }
        builder.heading(heading, level: sections + 1)
    }

    private func endCell() {
        cells.append(String(decoding: text, as: UTF8.self))
        text = []
    }

    private func endRow() {
        if !cells.isEmpty {
            if isHead || isHeaderRow, headerRows == rows.count { headerRows += 1 }
            rows.append(cells)
        }
        (cells, isHeaderRow) = ([], false)
        text = []
    }

    private func endTable() {
        guard !rows.isEmpty else { return }
        builder.table(rows, headerRows: min(headerRows, rows.count - 1))
        (rows, headerRows) = ([], 0)
    }

    private func flush(asCode: Bool = false) {
        guard rowDepth == 0 else { return }
        let block = String(decoding: text, as: UTF8.self)
        text = []
        guard !block.utf8.allSatisfy(Ascii.isWhite) else { return }
        endTable()
        if asCode { builder.code(block) } else if isItem { builder.listItem(block) } else { builder.paragraph(block) }
        isItem = false
    }
}
