import Extraction

/// The HTML of a message that is stored as RTF, as Outlook does: tags in groups of their own, and text around them.
///
/// - Source: MS-OXRTFEX 13.0, section 2.1.3.
public enum EncapsulatedHTML {
    private struct State {
        var isSkipped = false
        /// Inside of a tag group, whose text is markup.
        var isTag = false
        /// Between `\htmlrtf` and `\htmlrtf0`: what only readers of RTF show.
        var isForRTF = false
        var font: Int?
        var replacement = 1
        var isFontTable = false
    }

    /// Returns the HTML in UTF-8, or `nil` if the RTF carries none.
    public static func html(in rtf: [UInt8]) -> [UInt8]? {
        guard rtf.prefix(4096).contains(Array("\\fromhtml1".utf8)) else { return nil }
        var run = Run()
        for token in RTFTokens(rtf) { run.take(token) }
        let html = run.text.take()
        return html.contains(where: { !Ascii.isWhite($0) }) ? html : nil
    }

    private struct Run {
        var text = RTFText()
        private var state = State()
        private var stack: [State] = []
        private var unsaved = 0
        private var isOptional = false
        private var fonts = RTFFonts()

        mutating func take(_ token: RTFTokens.Token) {
            let wasOptional = isOptional
            isOptional = false
            switch token {
            case .open:
                text.endReplacement()
                if stack.count < 4096 { stack.append(state) } else { unsaved += 1 }
            case .close:
                text.endReplacement()
                if unsaved > 0 { unsaved -= 1 } else if let outer = stack.popLast() { state = outer }
            case .text(let bytes): add(bytes)
            case .byte(let byte): add([byte][...])
            case .symbol(let symbol):
                switch symbol {
                case Ascii.asterisk: isOptional = true
                case Ascii.tilde: add("&nbsp;")
                case Ascii.underscore: add("&shy;")
                case UInt8(ascii: "{"), UInt8(ascii: "}"), Ascii.backslash: add([symbol][...])
                default: break
                }
            case .word(let word, let number): control(word, number, isOptional: wasOptional)
            }
        }

        private var isVisible: Bool { !state.isSkipped && !state.isFontTable && (state.isTag || !state.isForRTF) }

        private mutating func add(_ bytes: ArraySlice<UInt8>) {
            guard isVisible else { return }
            let codePage = fonts.codePage(of: state.font)
            text.add(bytes, codePage: codePage == RTFFonts.symbols ? fonts.codePage : codePage)
        }

        private mutating func add(_ string: String) { if isVisible { text.add(string) } }

        private mutating func control(_ word: String, _ number: Int?, isOptional: Bool) {
            if isOptional {
                if word == "htmltag" { state.isTag = true } else { state.isSkipped = true }
                return
            }
            if state.isFontTable {
                switch word {
                case "f": fonts.begin(number ?? 0)
                case "fcharset": fonts.charset(number ?? 0)
                case "cpg": fonts.codePage(number ?? 0)
                default: break
                }
                return
            }
            switch word {
            case "fonttbl": state.isFontTable = true
            case "colortbl", "stylesheet", "info", "pntext", "pict": state.isSkipped = true
            case "htmlrtf": state.isForRTF = number != 0
            case "ansicpg": if let number, number > 0 { fonts.codePage = number }
            case "deff", "f": state.font = number
            case "plain": state.font = stack.first?.font
            case "uc": state.replacement = min(max(number ?? 1, 0), 16)
            case "u": if isVisible { text.add(unit: number ?? 0, replacement: state.replacement) }
            case "par", "line": add("\r\n")
            case "tab": add("\t")
            default: if let string = RTFDestinations.characters[word] { add(string) }
            }
        }
    }
}
