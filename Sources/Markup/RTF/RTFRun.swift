import Extraction

/// One pass over the tokens of an RTF document.
final class RTFRun {
    private let writer: RTFWriter
    private var state = RTFState()
    private var stack: [RTFState] = []
    /// Number of open braces beyond the size of the stack, which change no state.
    private var unsaved = 0
    /// Whether the last token was `\*`: a destination that is unknown is to be skipped.
    private var isOptional = false
    private var fonts = RTFFonts()
    private var styles = RTFStyles()
    private var text = RTFText()
    private var defaultFont: Int?
    private var title: [UInt8] = []

    private static let maximumDepth = 4096

    init(limits: ExtractLimits) { writer = RTFWriter(limits: limits) }

    var isFull: Bool { writer.isFull }

    func document() throws(ExtractError) -> ExtractedDocument {
        flush()
        return try writer.document(title: String(decoding: title, as: UTF8.self))
    }

    func take(_ token: RTFTokens.Token) {
        let wasOptional = isOptional
        isOptional = false
        switch token {
        case .open: open()
        case .close: close()
        case .text(let bytes): add(bytes)
        case .byte(let byte): add([byte][...])
        case .symbol(let symbol): self.symbol(symbol)
        case .word(let word, let number):
            if wasOptional, !RTFDestinations.isKnown(word) { enter(.skipped) } else { control(word, number) }
        }
    }

    // MARK: Groups

    private func open() {
        text.endReplacement()
        if stack.count < Self.maximumDepth { stack.append(state) } else { unsaved += 1 }
    }

    private func close() {
        text.endReplacement()
        guard unsaved == 0 else {
            unsaved -= 1
            return
        }
        guard let outer = stack.popLast() else { return }
        if state.destination == .styleSheet, stack.last?.destination == .styleSheet || outer.destination == .styleSheet {
            styles.end(name: String(decoding: text.take(), as: UTF8.self))
        }
        if state.destination != outer.destination || state.destination == .note { leave(outer.destination) }
        // Properties of a paragraph outlast a group that only begins one, as writers of RTF expect.
        state = outer
    }

    /// Ends a destination: what was collected goes where it belongs.
    private func leave(_ outer: RTFState.Destination) {
        let collected = text.take()
        switch state.destination {
        case .body: writer.add(collected)
        case .marker: writer.marker(collected)
        case .note where outer != .note: writer.endNote(collected)
        case .note: writer.addToNote(collected)
        case .title: if title.isEmpty { title = collected }
        case .skipped, .fontTable, .styleSheet: break
        }
    }

    private func enter(_ destination: RTFState.Destination) {
        flush()
        state.destination = destination
    }

    /// Passes collected text on.
    private func flush() {
        let collected = text.take()
        guard !collected.isEmpty else { return }
        switch state.destination {
        case .body: writer.add(collected)
        case .note: writer.addToNote(collected)
        case .title: title += collected
        case .marker: writer.marker(collected)
        case .skipped, .fontTable, .styleSheet: break
        }
    }

    // MARK: Text

    private var isVisible: Bool {
        switch state.destination {
        case .body, .note, .marker: !state.isHidden && !state.isDeleted
        case .title, .styleSheet: true
        case .skipped, .fontTable: false
        }
    }

    private func add(_ bytes: ArraySlice<UInt8>) {
        guard isVisible else { return }
        let font = state.isWide && fonts.isMultiByte(state.wideFont) ? state.wideFont : state.font
        let codePage = fonts.codePage(of: font)
        if codePage == RTFFonts.symbols {
            for byte in bytes { if byte >= 0x80 { text.add(symbol: byte) } else { text.add([byte][...], codePage: 1252) } }
        } else {
            text.add(bytes, codePage: codePage)
        }
        if text.utf8.count > 65_536 { flush() }
    }

    private func add(_ string: String) { if isVisible { text.add(string) } }

    private func symbol(_ symbol: UInt8) {
        switch symbol {
        case Ascii.asterisk: isOptional = true
        case Ascii.tilde: add("\u{A0}")
        case Ascii.underscore: add("-")
        case UInt8(ascii: "{"), UInt8(ascii: "}"), Ascii.backslash: add([symbol][...])
        case Ascii.tab: add(" ")
        default: break
        }
    }

    // MARK: Controls

    private func control(_ word: String, _ number: Int?) {
        if let string = RTFDestinations.characters[word] { return add(string) }
        if state.destination == .fontTable, fontControl(word, number) { return }
        if state.destination == .styleSheet, styleControl(word, number) { return }
        if let destination = RTFDestinations.destination(word) {
            // Of what is skipped, only Unicode's form of a text and the title of the document are read.
            if state.destination != .skipped || word == "ud" || word == "title" { enter(destination) }
            return
        }
        switch word {
        case "u": if isVisible { text.add(unit: number ?? 0, replacement: state.replacement) }
        case "uc": state.replacement = min(max(number ?? 1, 0), 16)
        case "ansicpg": if let number, number > 0 { fonts.codePage = number }
        case "mac": fonts.codePage = 10000
        case "pc": fonts.codePage = 437
        case "pca": fonts.codePage = 850
        case "deff": (defaultFont, state.font) = (number, number)
        case "f": state.font = number
        case "af": if state.isWide { state.wideFont = number }
        case "loch", "hich": state.isWide = false
        case "dbch": state.isWide = true
        case "v": state.isHidden = number != 0
        case "deleted": state.isDeleted = number != 0
        case "plain":
            (state.isHidden, state.isDeleted, state.isWide, state.font) = (false, false, false, defaultFont)
        default: paragraphControl(word, number)
        }
    }

    private func paragraphControl(_ word: String, _ number: Int?) {
        switch word {
        case "pard": state.paragraph = RTFState.Paragraph()
        case "s": state.paragraph.style = number
        case "outlinelevel": state.paragraph.outline = number
        case "intbl": state.paragraph.isInTable = true
        case "ls", "pnlvlblt", "pnlvlbody": state.paragraph.isListItem = true
        case "par", "sect", "page", "column", "softpage": endParagraph()
        case "line", "softline": add("\n")
        case "cell", "nestcell", "row", "nestrow", "trowd", "trhdr": tableControl(word)
        default: break
        }
    }

    private func endParagraph() {
        switch state.destination {
        case .body:
            flush()
            writer.endParagraph(level: styles.level(state.paragraph), state.paragraph)
        case .note: add("\n")
        default: break
        }
    }

    private func tableControl(_ word: String) {
        guard state.destination == .body else { return }
        flush()
        switch word {
        case "cell": writer.endCell()
        case "row": writer.endRow()
        case "nestcell": writer.add([Ascii.space])
        case "nestrow": writer.add([Ascii.newline])
        case "trhdr": writer.markHeader()
        default: break
        }
    }

    private func fontControl(_ word: String, _ number: Int?) -> Bool {
        switch word {
        case "f": fonts.begin(number ?? 0)
        case "fcharset": fonts.charset(number ?? 0)
        case "cpg": fonts.codePage(number ?? 0)
        default: return false
        }
        return true
    }

    private func styleControl(_ word: String, _ number: Int?) -> Bool {
        switch word {
        case "s": styles.begin(number ?? 0)
        case "outlinelevel": styles.setOutline(number ?? 9)
        default: return false
        }
        return true
    }
}
