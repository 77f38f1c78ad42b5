/// The blocks of each page, after what needs all pages: running headers, headings, hyphens.
struct DocumentShape {
    enum Item {
        case paragraph(Paragraph)
        case table(PageTable)
    }

    struct Page {
        var label: String?
        var items: [Item] = []
        var footnotes: [Paragraph] = []
        var recognised: [String] = []
        var notes: [String] = []
    }

    private(set) var pages: [Page] = []
    private(set) var joiner = LineJoiner()

    init(_ contents: [PageContent], outline: [Int: [String: Int]]) {
        let furniture = Furniture(pages: contents.map(Self.entries))
        var kept: Set<String> = []
        for content in contents {
            let dropped = furniture.indices(in: Self.entries(content))
            pages.append(page(content, dropping: dropped, kept: &kept))
        }
        markHeadings(contents, outline)
        joinHeadings()
        markLists()
        moveFootnotes(contents)
    }

    // MARK: Running headers

    private static func entries(_ content: PageContent) -> [Furniture.Entry] {
        var entries: [Furniture.Entry] = []
        func add(_ text: String, _ v: Float, isTurned: Bool = false) {
            entries.append(
                Furniture.Entry(
                    text: text, above: v - content.bottom, below: content.top - v, height: content.top - content.bottom, isTurned: isTurned)
            )
        }
        for region in content.regions {
            switch region {
            case .lines(let lines): for line in lines { add(line.text, line.box.v0, isTurned: line.isTurned) }
            case .table(let table): for (row, v) in zip(table.rows, table.heights) { add(row.joined(separator: " "), v) }
            case .block: break
            }
        }
        return entries
    }

    /// - Parameters:
    ///   - dropped: indices of entries.
    ///   - kept: texts of running lines that stand in the document once already.
    private mutating func page(_ content: PageContent, dropping dropped: Set<Int>, kept: inout Set<String>) -> Page {
        var page = Page(label: content.label, recognised: content.recognised, notes: content.notes)
        var index = 0
        func stays(_ text: String) -> Bool {
            defer { index += 1 }
            return !dropped.contains(index) || Furniture.isName(text) && kept.insert(Furniture.name(text)).inserted
        }
        for region in content.regions {
            switch region {
            case .lines(let lines):
                let lines = lines.filter { stays($0.text) }
                for line in lines { joiner.learn(line.text) }
                page.items += ParagraphFinder(lines, tags: content.tags).paragraphs().map(Item.paragraph)
            case .table(var table):
                let stay = table.rows.map { stays($0.joined(separator: " ")) }
                if stay.contains(false) {
                    table.headerRows = zip(stay, 0..<table.headerRows).count { $0.0 }
                    table.heights = zip(table.heights, stay).filter(\.1).map(\.0)
                    table.rows = zip(table.rows, stay).filter(\.1).map(\.0)
                }
                if !table.rows.isEmpty { page.items.append(.table(table.withoutEmptyColumns.inReadingOrder)) }
            case .block: break
            }
        }
        return page
    }

    // MARK: Kinds of paragraphs

    private mutating func markHeadings(_ contents: [PageContent], _ outline: [Int: [String: Int]]) {
        let headings = Headings(
            pages.map { $0.items.compactMap { if case .paragraph(let paragraph) = $0 { paragraph } else { nil } } }, outline: outline)
        for number in pages.indices {
            let items = pages[number].items
            for (position, item) in items.enumerated() {
                guard case .paragraph(var paragraph) = item else { continue }
                let text = joiner.text(paragraph.lines)
                let tag = paragraph.lines.first.flatMap { contents[number].tags[$0.content] }
                let hasNext = position + 1 < items.count || number + 1 < pages.count
                if let level = headings.level(of: paragraph, text: text, page: number, tag: tag, hasNext: hasNext) {
                    paragraph.kind = .heading(level)
                    pages[number].items[position] = .paragraph(paragraph)
                } else if isFootnote(paragraph, text, headings.bodySize, contents[number]) {
                    paragraph.kind = .footnote
                    pages[number].items[position] = .paragraph(paragraph)
                }
            }
        }
    }

    /// Joins the lines of a heading, which are apart if they are centred.
    private mutating func joinHeadings() {
        for number in pages.indices {
            var items: [Item] = []
            for item in pages[number].items {
                if case .paragraph(let next) = item, case .paragraph(var heading)? = items.last, Self.continues(next, heading) {
                    heading.lines += next.lines
                    items[items.count - 1] = .paragraph(heading)
                } else {
                    items.append(item)
                }
            }
            pages[number].items = items
        }
    }

    private static func continues(_ next: Paragraph, _ heading: Paragraph) -> Bool {
        guard case .heading = heading.kind, next.kind == heading.kind, heading.lines.count < 4, let last = heading.lines.last,
            let line = next.lines.first, let first = line.text.unicodeScalars.first
        else { return false }
        guard abs(last.size - line.size) < 0.3, last.isBold == line.isBold, !ParagraphFinder.ends(last.text), first.isLetter else {
            return false
        }
        let gap = last.box.v0 - line.box.v0
        guard gap > 0, gap < line.size * 1.5, last.box.u0 < line.box.u1, line.box.u0 < last.box.u1 else { return false }
        return first.isSmall || last.box.width > last.size * 18
    }

    private mutating func markLists() {
        for number in pages.indices {
            for (position, item) in pages[number].items.enumerated() {
                guard case .paragraph(var paragraph) = item, paragraph.kind == .text, let first = paragraph.lines.first else { continue }
                guard let marker = ListMarker(first.text) else { continue }
                paragraph.kind = .listItem(marker: marker.marker)
                paragraph.lines[0].text = marker.item
                pages[number].items[position] = .paragraph(paragraph)
            }
        }
    }

    /// A footnote is small, in the lower half of the page, and begins with its mark.
    private func isFootnote(_ paragraph: Paragraph, _ text: String, _ bodySize: Float, _ content: PageContent) -> Bool {
        guard paragraph.size <= bodySize * 0.92, let first = paragraph.lines.first, first.box.v0 < (content.bottom + content.top) / 2 else {
            return false
        }
        guard let mark = text.unicodeScalars.first, text.unicodeScalars.count > 8 else { return false }
        return mark.isDigit || "*†‡§¶".unicodeScalars.contains(mark)
    }

    /// Moves footnotes, and what follows one at its size in its column, after the page's text.
    private mutating func moveFootnotes(_ contents: [PageContent]) {
        for number in pages.indices {
            var items: [Item] = []
            var size: Float?
            for item in pages[number].items {
                guard case .paragraph(let paragraph) = item else {
                    size = nil
                    items.append(item)
                    continue
                }
                if paragraph.kind == .footnote { size = paragraph.size }
                if let size, abs(paragraph.size - size) < 0.3, paragraph.kind == .footnote || paragraph.kind == .text {
                    pages[number].footnotes.append(paragraph)
                } else {
                    size = nil
                    items.append(item)
                }
            }
            // A page of small print has no other text to follow.
            if items.isEmpty { pages[number].footnotes.removeAll() } else { pages[number].items = items }
        }
    }
}
