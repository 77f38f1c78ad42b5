import Extraction

/// The paragraphs and quotations of a plain body.
///
/// - Source: RFC 3676 for `format=flowed`, in which a space at the end of a line means that the paragraph goes on.
struct BodyText {
    struct Paragraph: Equatable {
        /// The lines, with a newline between.
        var text: String
        var isQuote: Bool
    }

    private(set) var paragraphs: [Paragraph] = []
    private let isFlowed: Bool
    private let deletesSpace: Bool

    private var lines: [[UInt8]] = []
    private var isQuote = false
    /// The depth of the quotation that a flowed line continues; `nil` if the last line ended its paragraph.
    private var flowDepth: Int?

    /// - Parameters:
    ///   - utf8: the decoded text, with `\n` newlines.
    ///   - deletesSpace: whether the space at the end of a flowed line is not part of the text (`delsp=yes`).
    init(_ utf8: [UInt8], isFlowed: Bool = false, deletesSpace: Bool = false) {
        (self.isFlowed, self.deletesSpace) = (isFlowed, deletesSpace)
        for range in Lines(utf8) { add(utf8[range]) }
        close()
    }

    private mutating func add(_ line: ArraySlice<UInt8>) {
        let (depth, content) = Self.unquoted(line)
        let text = isFlowed && content.first == Ascii.space ? content.dropFirst() : content
        if text.allSatisfy(Ascii.isWhite) {
            close()
            return
        }
        if (depth > 0) != isQuote { close() }
        isQuote = depth > 0
        let isSignatureMark = text.elementsEqual("-- ".utf8)
        let flows = isFlowed && text.last == Ascii.space && !isSignatureMark
        let kept = flows && deletesSpace ? text.dropLast() : text
        if flowDepth == depth, !isSignatureMark, !lines.isEmpty {
            lines[lines.count - 1] += kept
        } else {
            lines.append(Array(kept))
        }
        flowDepth = flows ? depth : nil
    }

    private mutating func close() {
        if !lines.isEmpty {
            paragraphs.append(
                Paragraph(text: String(decoding: Array(lines.joined(separator: [Ascii.newline])), as: UTF8.self), isQuote: isQuote))
        }
        (lines, flowDepth) = ([], nil)
    }

    /// Returns the number of marks of quotation at the start of a line, and the rest.
    private static func unquoted(_ line: ArraySlice<UInt8>) -> (depth: Int, rest: ArraySlice<UInt8>) {
        var (rest, depth) = (line, 0)
        while true {
            // A space may stand between the marks: `> > text`.
            let next = depth > 0 && rest.first == Ascii.space ? rest.dropFirst() : rest
            guard next.first == Ascii.greater else { return (depth, rest) }
            rest = next.dropFirst()
            depth += 1
        }
    }
}
