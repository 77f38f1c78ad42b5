/// A one-pass scanner that removes the inline markup of a heading.
///
/// - Source: CommonMark 0.31, section 6. Link definitions are not known, so `[text][label]` is taken for a link, and `[text]` for text.
struct MarkdownStripper {
    private let source: [UInt8]
    private var output: [UInt8] = []
    /// The offsets in `output` of unclosed brackets. If a bracket begins a link, it becomes a NUL, which is dropped at the end.
    private var brackets: [Int] = []
    /// The runs of `*`, `_` and `~` that may begin emphasis. Marks that do become NULs.
    private var openers: [UInt8: [EmphasisRun]] = [:]
    private var i = 0
    private let lastBracket: Int
    private let lastGreater: Int
    /// The last run of backticks of each length.
    private let lastBackticks: [Int: Int]

    private struct EmphasisRun {
        let start: Int
        var count: Int
    }

    /// Maximum depth of parentheses in a link's target.
    private static let parenthesisLimit = 32

    init(_ source: [UInt8]) {
        self.source = source
        lastBracket = source.lastIndex(of: UInt8(ascii: "]")) ?? -1
        lastGreater = source.lastIndex(of: Ascii.greater) ?? -1
        var lastBackticks: [Int: Int] = [:]
        var i = 0
        while i < source.count {
            let count = source[i...].prefix { $0 == Ascii.backtick }.count
            if count > 0 { lastBackticks[count] = i }
            i += max(count, 1)
        }
        self.lastBackticks = lastBackticks
    }

    private func byte(at i: Int) -> UInt8 { source.indices.contains(i) ? source[i] : 0 }

    private func runLength(at start: Int) -> Int { source[start...].prefix { $0 == source[start] }.count }

    mutating func run() -> [UInt8] {
        while i < source.count {
            step()
            i += 1
        }
        return output.filter { $0 != 0 }
    }

    private mutating func step() {
        let next = byte(at: i + 1)
        switch source[i] {
        case Ascii.backslash where Self.isMark(next):
            output.append(next)
            i += 1
        case Ascii.ampersand:
            let reference = HTMLReferences.read(source[(i + 1)...], .markdown)
            output.append(contentsOf: reference?.characters ?? [source[i]])
            i += reference?.length ?? 0
        case Ascii.backtick: takeCode()
        case Ascii.asterisk, Ascii.underscore, Ascii.tilde: takeEmphasis()
        case Ascii.bang where next == UInt8(ascii: "["): break
        case UInt8(ascii: "["):
            brackets.append(output.count)
            output.append(source[i])
        case UInt8(ascii: "]"): closeBracket(next)
        case Ascii.less where Self.isTagStart(next) && lastGreater > i: takeTag()
        default: output.append(source[i])
        }
    }

    /// Takes the text of a code span literally. Backticks without a partner are text.
    private mutating func takeCode() {
        let count = runLength(at: i)
        var end = i + count
        defer { i += count - 1 }
        guard let last = lastBackticks[count], last > i else { return output.append(contentsOf: source[i..<end]) }
        while source[end] != Ascii.backtick || runLength(at: end) != count {
            end += source[end] == Ascii.backtick ? runLength(at: end) : 1
        }
        var code = source[(i + count)..<end]
        if code.count > 2, code.first == Ascii.space, code.last == Ascii.space, code.contains(where: { $0 != Ascii.space }) {
            code = code.dropFirst().dropLast()
        }
        output.append(contentsOf: code)
        i = end
    }

    // MARK: Emphasis

    private mutating func takeEmphasis() {
        let (mark, count) = (source[i], runLength(at: i))
        var run = EmphasisRun(start: output.count, count: count)
        let (opens, closes) = flanking(mark, count)
        output.append(contentsOf: source[i..<i + count])
        i += count - 1
        if mark == Ascii.tilde, count > 2 { return }
        var used = 0
        while closes, used < count, var opener = openers[mark]?.popLast() {
            if mark == Ascii.tilde, opener.count != count { break }
            let paired = min(opener.count, count - used)
            for offset in 0..<paired {
                output[opener.start + opener.count - 1 - offset] = 0
                output[run.start + used + offset] = 0
            }
            used += paired
            opener.count -= paired
            if opener.count > 0 { openers[mark]?.append(opener) }
        }
        guard opens, used < count else { return }
        run = EmphasisRun(start: run.start + used, count: count - used)
        openers[mark, default: []].append(run)
    }

    /// Returns whether a run of marks may begin and end emphasis: the left- and right-flanking runs of the specification.
    private func flanking(_ mark: UInt8, _ count: Int) -> (opens: Bool, closes: Bool) {
        let (before, after) = (byte(at: i - 1), byte(at: i + count))
        let isLeft = !Self.isSpace(after) && (!Self.isMark(after) || Self.isSpace(before) || Self.isMark(before))
        let isRight = !Self.isSpace(before) && (!Self.isMark(before) || Self.isSpace(after) || Self.isMark(after))
        guard mark == Ascii.underscore else { return (isLeft, isRight) }
        return (isLeft && (!isRight || Self.isMark(before)), isRight && (!isLeft || Self.isMark(after)))
    }

    // MARK: Links and tags

    private mutating func closeBracket(_ next: UInt8) {
        guard let opening = brackets.popLast() else { return output.append(source[i]) }
        if next == UInt8(ascii: "("), let end = targetEnd(from: i + 1) {
            output[opening] = 0
            i = end
        } else if next == UInt8(ascii: "["), lastBracket > i + 1 {
            output[opening] = 0
            i += 1
            skip(to: UInt8(ascii: "]"))
        } else {
            output.append(source[i])
        }
    }

    /// Returns the place of the parenthesis that ends a link's target, which begins at `start`.
    private func targetEnd(from start: Int) -> Int? {
        var (depth, place) = (0, start)
        while place < source.count, depth <= Self.parenthesisLimit {
            switch source[place] {
            case Ascii.backslash: place += 1
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            default: break
            }
            if depth == 0 { return place < source.count ? place : nil }
            place += 1
        }
        return nil
    }

    /// Drops a tag; keeps the text of an autolink.
    private mutating func takeTag() {
        let start = i + 1
        skip(to: Ascii.greater)
        let content = source[start..<i]
        if Self.isAddress(content) { output.append(contentsOf: content) }
    }

    /// Moves `i` to the next `byte`; the caller ensures that there is one.
    private mutating func skip(to byte: UInt8) {
        repeat { i += 1 } while i < source.count && source[i] != byte
    }

    /// Whether the content of angle brackets is a URI or an email address.
    private static func isAddress(_ content: ArraySlice<UInt8>) -> Bool {
        guard !content.contains(where: { isSpace($0) || $0 == Ascii.less }) else { return false }
        let scheme = content.prefix {
            Ascii.isLetter($0) || Ascii.isDigit($0) || $0 == Ascii.plus || $0 == Ascii.period || $0 == Ascii.hyphen
        }
        let next = content[scheme.endIndex...].first
        return next == Ascii.colon && (2...32).contains(scheme.count) || next == UInt8(ascii: "@")
    }

    // MARK: Bytes

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0 || Ascii.isWhite(byte) }
    private static func isWord(_ byte: UInt8) -> Bool { Ascii.isLetter(byte) || Ascii.isDigit(byte) || byte >= 0x80 }
    private static func isMark(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && !isWord(byte) }
    private static func isTagStart(_ byte: UInt8) -> Bool { Ascii.isLetter(byte) || byte == Ascii.slash }
}
