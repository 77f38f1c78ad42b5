/// A linear pass before libxml2 that keeps only the markup that affects text: known block elements and few attributes.
///
/// libxml2 2.9 builds the structure and decodes the entities, but on hostile input it is not linear: it compares every
/// attribute of a tag with every other, and searches all open elements for each stray end tag. After the sieve, a tag has
/// at most one attribute, and every end tag belongs to an element that was opened. Scripts, styles, comments and
/// inline tags are removed, so libxml2 parses only about a tenth of a typical page.
struct HTMLSieve {
    /// The markup for libxml2: UTF-8, without C0 controls other than white space. The attribute `k` is an element's mark.
    private(set) var markup: [UInt8] = []
    /// Whether the page marks its content, with a `main` or `article` region.
    private(set) var namesItsContent = false

    private let source: [UInt8]
    private var i = 0
    private let isXML: Bool
    private var itemCounts: [Int: Int]?
    /// The names of the open elements that are written as `div`.
    private var divisions: [String] = []
    private var openDivisions: [String: Int] = [:]
    private var openStructures: [String: Int] = [:]
    private var inline: [String: InlineNesting] = [:]

    private var ruby = RubyReadings()

    /// The number of open inline elements of one name, and the depths at which hidden ones begin.
    private struct InlineNesting {
        var depth = 0
        /// Whether no part of a word precedes the element that was opened last.
        var beginsWord = false
        var hiddenDepths: [Int] = []
    }

    /// - Parameter isXML: whether the source is declared as XHTML; an XML declaration in it says so too.
    init(_ source: [UInt8], isXML: Bool = false) {
        self.source = source
        markup.reserveCapacity(source.count)
        self.isXML = isXML || source.drop(while: Ascii.isWhite).starts(with: "<?xml".utf8)
        while i < source.count { step() }
        ruby.finish(&markup)
    }

    private func byte(at i: Int) -> UInt8 { i < source.count ? source[i] : 0 }

    private mutating func step() {
        let start = i
        while i < source.count, source[i] != Ascii.less { i += 1 }
        writeText(start..<i)
        guard i < source.count else { return }
        let next = byte(at: i + 1)
        if Ascii.isLetter(next) {
            takeStartTag()
        } else if next == Ascii.slash {
            takeEndTag()
        } else if isXML, let end = cdataEnd(at: i) {
            writeCDATA(at: i, end: end)
            i = end
        } else if next == Ascii.bang || next == Ascii.question {
            skipCommentOrDeclaration()
        } else {
            markup.append(contentsOf: "&lt;".utf8)
            i += 1
        }
    }

    /// Moves `i` past the next `>`.
    private mutating func skipPastGreater() {
        while i < source.count, source[i] != Ascii.greater { i += 1 }
        i = min(i + 1, source.count)
    }

    private mutating func skipCommentOrDeclaration() {
        guard byte(at: i + 1) == Ascii.bang, byte(at: i + 2) == Ascii.hyphen, byte(at: i + 3) == Ascii.hyphen else {
            return isXML ? skipXMLDeclaration() : skipPastGreater()
        }
        i += 4
        if byte(at: i) == Ascii.greater { return i += 1 }
        if byte(at: i) == Ascii.hyphen, byte(at: i + 1) == Ascii.greater { return i += 2 }
        while i < source.count {
            if source[i] == Ascii.greater, source[i - 1] == Ascii.hyphen, source[i - 2] == Ascii.hyphen { break }
            if source[i] == Ascii.greater, source[i - 1] == Ascii.bang, source[i - 2] == Ascii.hyphen,
                source[i - 3] == Ascii.hyphen
            {
                break
            }
            i += 1
        }
        i = min(i + 1, source.count)
    }

    /// Skips an instruction, or a document type with the declarations in its brackets.
    private mutating func skipXMLDeclaration() {
        if byte(at: i + 1) == Ascii.question {
            repeat { skipPastGreater() } while i < source.count && source[i - 2] != Ascii.question
            return
        }
        let greater = source[i...].firstIndex(of: Ascii.greater) ?? source.count
        if let bracket = source[i..<greater].firstIndex(of: UInt8(ascii: "[")) {
            i = source[bracket...].firstIndex(of: UInt8(ascii: "]")) ?? source.count
        }
        skipPastGreater()
    }

    private static let cdataStart = Array("<![CDATA[".utf8)

    /// Returns the end of the CDATA section that begins at `start`; `nil` if none does.
    private func cdataEnd(at start: Int) -> Int? {
        guard source[start...].starts(with: Self.cdataStart) else { return nil }
        var end = start + Self.cdataStart.count + 2
        while end < source.count, !(source[end] == Ascii.greater && source[end - 1] == 0x5D && source[end - 2] == 0x5D) { end += 1 }
        return min(end + 1, source.count)
    }

    /// Writes the characters of a CDATA section, which XML takes literally.
    private mutating func writeCDATA(at start: Int, end: Int) {
        let isEnded = source[..<end].suffix(3).elementsEqual("]]>".utf8)
        let content = start + Self.cdataStart.count
        writeLiteral(content..<max(content, isEnded ? end - 3 : end))
    }

    private mutating func writeLiteral(_ range: Range<Int>) {
        for byte in source[range] {
            switch byte {
            case Ascii.ampersand: markup.append(contentsOf: "&amp;".utf8)
            case Ascii.less: markup.append(contentsOf: "&lt;".utf8)
            case 0x20..., Ascii.newline, Ascii.tab: markup.append(byte)
            default: break
            }
        }
    }

    // MARK: Start tags

    private mutating func takeStartTag() {
        guard let (tag, end) = HTMLTag.read(source, at: i + 1) else {
            i = source.count
            return
        }
        i = end
        let isEmpty = isXML && tag.isSelfClosing
        switch HTMLVocabulary.treatments[tag.name] {
        case .ignored: break
        case .raw: if !isEmpty { _ = skipCharacters(until: tag.name) }
        case .title: if !tag.isSelfClosing { takeCharacters(of: tag, as: "title") }
        case .textArea: if !isEmpty { takeCharacters(of: tag, as: "div") }
        case .void: writeVoid(tag)
        case .structure: openStructure(tag, isEmpty: isEmpty)
        case .division: openDivision(tag, mark: tag.region(source), isEmpty: isEmpty)
        case .region(let mark): openDivision(tag, mark: mark, isEmpty: isEmpty)
        case .unseen: openDivision(tag, mark: .hidden, isEmpty: isEmpty || tag.isSelfClosing && tag.name == "svg")
        case nil: openInline(tag, isEmpty: isEmpty || tag.isSelfClosing)
        }
    }

    private mutating func openStructure(_ tag: HTMLTag, isEmpty: Bool) {
        let isHidden = tag.isHidden(source)
        writeTag(tag.name, mark: isHidden ? .hidden : nil, numbers: isHidden ? nil : numbers(of: tag))
        if isEmpty {
            writeEndTag(tag.name)
        } else {
            openStructures[tag.name, default: 0] += 1
        }
    }

    private mutating func openDivision(_ tag: HTMLTag, mark: HTMLMark?, isEmpty: Bool) {
        guard !isEmpty else { return }
        if mark == .main || mark == .article { namesItsContent = true }
        let isClosedDialog = tag.name == "dialog" && tag.attributes[.open] == nil
        writeTag("div", mark: isClosedDialog || tag.isHidden(source) ? .hidden : mark)
        divisions.append(tag.name)
        openDivisions[tag.name, default: 0] += 1
    }

    /// Returns the attributes of a list, item or cell that are numbers, for `HTMLNumbers`.
    private mutating func numbers(of tag: HTMLTag) -> HTMLNumbers? {
        switch tag.name {
        case "ol":
            let isReversed = tag.attributes[.reversed] != nil
            let first = tag.integer(.start, source) ?? (isReversed ? itemCount(from: i) : 1)
            return HTMLNumbers(first: first, second: isReversed ? -1 : 1, style: tag.listStyle(source) ?? .decimal)
        case "li": return tag.integer(.value, source).map { HTMLNumbers(first: $0, second: 0) }
        case "td", "th":
            let (columns, rows) = (tag.integer(.colspan, source) ?? 1, tag.integer(.rowspan, source) ?? 1)
            return columns == 1 && rows == 1 ? nil : HTMLNumbers(first: columns, second: rows)
        default: return nil
        }
    }

    /// Returns the number of items of the list whose start tag ends at `start`. All lists are counted once, when it is first needed.
    private mutating func itemCount(from start: Int) -> Int {
        let counts = itemCounts ?? HTMLListCounts.counts(source)
        itemCounts = counts
        return counts[start] ?? 1
    }

    private mutating func openInline(_ tag: HTMLTag, isEmpty: Bool) {
        // A hidden annotation is not moved as a reading: it stays in the markup, marked as hidden.
        let isHidden = tag.isHidden(source) || tag.isDecoration(source)
        if !isHidden, ruby.takesStart(of: tag.name, &markup) {
            if !isEmpty { inline[tag.name, default: InlineNesting()].depth += 1 }
            return
        }
        markup.append(contentsOf: InlineJoints.before(tag.name, after: markup.last ?? 0, content: nextText()).utf8)
        guard !isEmpty, tag.name.utf8.count < 32 else { return }
        inline[tag.name, default: InlineNesting()].depth += 1
        inline[tag.name]?.beginsWord = !InlineJoints.isWord(markup.last ?? 0)
        guard isHidden else { return }
        let depth = inline[tag.name]?.depth ?? 0
        inline[tag.name]?.hiddenDepths.append(depth)
        writeTag("span", mark: .hidden)
    }

    private mutating func writeVoid(_ tag: HTMLTag) {
        guard tag.name == "img" else { return writeTag(tag.name, mark: nil) }
        guard let alt = tag.attributes[.alt], !alt.isEmpty, !tag.isHidden(source) else { return }
        markup.append(contentsOf: "<img alt=\"".utf8)
        // Long values are truncated at a scalar boundary.
        var end = min(alt.upperBound, alt.lowerBound + 2000)
        while end > alt.lowerBound, end < alt.upperBound, source[end] & 0xC0 == 0x80 { end -= 1 }
        for byte in HTMLReferences.resolved(source[alt.lowerBound..<end], isXML ? .xml : .attribute)
        where byte >= 0x20 || Ascii.isWhite(byte) {
            switch byte {
            case Ascii.quote: markup.append(contentsOf: "&quot;".utf8)
            case Ascii.less: markup.append(contentsOf: "&lt;".utf8)
            default: markup.append(byte)
            }
        }
        markup.append(contentsOf: "\">".utf8)
    }

    // MARK: Characters only

    /// Moves past the end tag of `name`, ignoring all other tags.
    ///
    /// - Returns: the range before the end tag, or all remaining bytes if there is none.
    private mutating func skipCharacters(until name: String) -> Range<Int> {
        let (start, name) = (i, Array(name.utf8))
        while i < source.count {
            if source[i] == Ascii.less, byte(at: i + 1) == Ascii.slash, isEndTag(name, at: i + 2) {
                let end = i
                skipPastGreater()
                return start..<end
            }
            i = isXML && source[i] == Ascii.less ? cdataEnd(at: i) ?? i + 1 : i + 1
        }
        return start..<source.count
    }

    private func isEndTag(_ name: [UInt8], at start: Int) -> Bool {
        guard start + name.count <= source.count else { return false }
        for (offset, byte) in name.enumerated() where Ascii.lowercased(source[start + offset]) != byte { return false }
        let after = byte(at: start + name.count)
        return after == 0 || after == Ascii.greater || after == Ascii.slash || Ascii.isWhite(after)
    }

    private mutating func takeCharacters(of tag: HTMLTag, as name: String) {
        let isHidden = tag.isHidden(source)
        let range = skipCharacters(until: tag.name)
        writeTag(name, mark: isHidden ? .hidden : nil)
        var start = range.lowerBound
        while let less = source[start..<range.upperBound].firstIndex(of: Ascii.less) {
            writeText(start..<less)
            if isXML, let end = cdataEnd(at: less) {
                writeCDATA(at: less, end: end)
                start = end
            } else {
                markup.append(contentsOf: "&lt;".utf8)
                start = less + 1
            }
        }
        writeText(start..<range.upperBound)
        writeEndTag(name)
    }

    // MARK: End tags

    private mutating func takeEndTag() {
        let start = i + 2
        i += 2
        guard Ascii.isLetter(byte(at: start)) else { return skipPastGreater() }
        guard let (tag, end) = HTMLTag.read(source, at: start) else {
            i = source.count
            return
        }
        i = end
        switch HTMLVocabulary.treatments[tag.name] {
        case .ignored, .raw, .title, .textArea: break
        case .void: if tag.name == "br" { writeTag("br", mark: nil) }
        case .structure: closeStructure(tag.name)
        case .division, .region, .unseen: closeDivision(tag.name)
        case nil: closeInline(tag.name)
        }
    }

    private mutating func closeStructure(_ name: String) {
        guard let open = openStructures[name], open > 0 else { return }
        openStructures[name] = open - 1
        writeEndTag(name)
    }

    /// Closes a division and all divisions open inside it: an unclosed `div` in a `nav` must not keep the `nav` open.
    private mutating func closeDivision(_ name: String) {
        guard openDivisions[name, default: 0] > 0 else { return }
        while let last = divisions.popLast() {
            openDivisions[last, default: 1] -= 1
            writeEndTag("div")
            if last == name { return }
        }
    }

    /// Returns the bytes from the next text on, past a few tags.
    private func nextText() -> ArraySlice<UInt8> {
        var start = i
        let limit = min(source.count, i + Self.lookahead)
        while start < limit, source[start] == Ascii.less {
            guard let end = source[start..<limit].firstIndex(of: Ascii.greater) else { return [] }
            start = end + 1
        }
        return source[min(start, limit)..<min(source.count, start + Self.lookahead)]
    }

    /// Maximum number of bytes that `nextText` examines.
    private static let lookahead = 256

    /// The name of the element that begins here; empty if none does.
    private var nextElement: String {
        guard byte(at: i) == Ascii.less else { return "" }
        return String(decoding: source[(i + 1)...].prefix(8).prefix(while: Ascii.isLetter).map(Ascii.lowercased), as: UTF8.self)
    }

    private mutating func closeInline(_ name: String) {
        let depth = inline[name]?.depth ?? 0
        let endsHidden = depth > 0 && inline[name]?.hiddenDepths.last == depth
        if !endsHidden, ruby.takesEnd(of: name, &markup) {
            if depth > 0 { inline[name]?.depth = depth - 1 }
            return
        }
        let joint = InlineJoints.after(
            name, content: markup.last ?? 0, before: nextText().first ?? 0, element: nextElement,
            beginsWord: inline[name]?.beginsWord ?? false)
        markup.append(contentsOf: joint.utf8)
        // The update is in place: copying the depths for each end tag would make the pass quadratic.
        guard depth > 0 else { return }
        if endsHidden {
            inline[name]?.hiddenDepths.removeLast()
            writeEndTag("span")
        }
        inline[name]?.depth = depth - 1
    }

    // MARK: Writing

    private mutating func writeTag(_ name: String, mark: HTMLMark?, numbers: HTMLNumbers? = nil) {
        ruby.finish(&markup)
        markup.append(Ascii.less)
        markup.append(contentsOf: name.utf8)
        if let mark {
            markup.append(contentsOf: " k=".utf8)
            markup.append(mark.rawValue)
        } else if let numbers {
            markup.append(contentsOf: " n=\"\(numbers.attribute)\"".utf8)
        }
        markup.append(Ascii.greater)
    }

    private mutating func writeEndTag(_ name: String) {
        ruby.finish(&markup)
        markup.append(contentsOf: "</".utf8)
        markup.append(contentsOf: name.utf8)
        markup.append(Ascii.greater)
    }

    /// Writes text, which contains no `<`. Drops control characters, which libxml2 treats as errors, and replaces a form feed by a space.
    private mutating func writeText(_ range: Range<Int>) {
        let hasReferences = source[range].contains(Ascii.ampersand)
        let text = hasReferences ? HTMLReferences.resolved(source[range], isXML ? .xml : .html)[...] : source[range]
        guard text.contains(where: { $0 < 0x20 && $0 != Ascii.newline && $0 != Ascii.tab }) else {
            return markup.append(contentsOf: text)
        }
        for byte in text {
            if byte >= 0x20 || byte == Ascii.newline || byte == Ascii.tab {
                markup.append(byte)
            } else if Ascii.isWhite(byte) {
                markup.append(Ascii.space)
            }
        }
    }
}
