/// A run of characters without white space, in one frame.
struct Word {
    /// In `WordSet.scalars`, in logical order.
    var scalars: Range<Int>
    var u0: Float
    var u1: Float
    var v: Float
    var size: Float
    var isBold: Bool
    var isRightToLeft: Bool
    var isVertical: Bool
    /// Whether white space precedes the word in the order of the page's content.
    var afterSpace: Bool
    /// The number of the marked content, or -1.
    var content: Int32

    /// The box of letters with ascenders and descenders.
    var box: Box { Box(u0: u0, v0: v - size * 0.22, u1: u1, v1: v + size * 0.76) }
}

/// The words of one frame of a page.
struct WordSet {
    let frame: Frame
    var words: [Word] = []
    var scalars: [UInt32] = []

    init(frame: Frame) { self.frame = frame }

    /// Splits the characters of a frame into words, at white space and at jumps.
    mutating func fill(from glyphs: [Glyph], styles: [GlyphStyle]) {
        let degrees = Int16(frame.degrees)
        var builder = WordBuilder(styles: styles)
        for glyph in glyphs where glyph.degrees == degrees { builder.add(glyph, to: &self) }
        builder.end(in: &self)
    }

    /// Adds text as one word that fills a box, such as the value of a field.
    mutating func add(_ text: String, in box: Box) {
        let start = scalars.count
        for scalar in text.unicodeScalars { scalars.append(scalar.isBlank ? 0x20 : scalar.value) }
        let size = min(box.height * 0.8, 10)
        words.append(
            Word(
                scalars: start..<scalars.count, u0: box.u0, u1: box.u1, v: box.middleV - size * 0.3, size: size, isBold: false,
                isRightToLeft: false, isVertical: false, afterSpace: true, content: -1))
    }
}

/// The word that is being read.
private struct WordBuilder {
    let styles: [GlyphStyle]
    private var word: Word?
    private var last: Glyph?
    private var leftward = false

    init(styles: [GlyphStyle]) { self.styles = styles }

    mutating func add(_ glyph: Glyph, to set: inout WordSet) {
        let style = styles[Int(glyph.style)]
        if let last, let word, !glyph.afterSpace, joins(glyph, style, word, last) {
            extend(glyph, style)
        } else {
            end(in: &set)
            start(glyph, style, at: set.scalars.count)
        }
        if let last, !glyph.afterSpace, Bidi.isReversedLigature(last, glyph), let alef = set.scalars.popLast() {
            set.scalars += [glyph.scalar, alef]
        } else {
            appendScalars(glyph.scalar, to: &set)
        }
        last = glyph
    }

    mutating func end(in set: inout WordSet) {
        guard var ended = word else { return }
        ended.scalars = ended.scalars.lowerBound..<set.scalars.count
        ended.isRightToLeft = set.scalars[ended.scalars].contains(where: Bidi.isRightToLeft)
        if !ended.scalars.isEmpty { set.words.append(ended) }
        word = nil
        last = nil
    }

    private mutating func start(_ glyph: Glyph, _ style: GlyphStyle, at index: Int) {
        word = Word(
            scalars: index..<index, u0: glyph.u0, u1: glyph.u1, v: glyph.v, size: style.size, isBold: style.isBold, isRightToLeft: false,
            isVertical: glyph.isVertical, afterSpace: glyph.afterSpace, content: style.content)
    }

    private mutating func extend(_ glyph: Glyph, _ style: GlyphStyle) {
        guard var longer = word else { return }
        longer.u0 = min(longer.u0, glyph.u0)
        longer.u1 = max(longer.u1, glyph.u1)
        if style.size > longer.size * 1.05 { (longer.v, longer.size) = (glyph.v, style.size) }
        longer.isBold = longer.isBold && style.isBold
        word = longer
    }

    private func joins(_ glyph: Glyph, _ style: GlyphStyle, _ word: Word, _ last: Glyph) -> Bool {
        let size = max(word.size, style.size)
        let small = min(word.size, style.size)
        guard glyph.isVertical == word.isVertical, abs(glyph.v - last.v) < (small < size * 0.85 ? size * 0.5 : size * 0.15) else {
            return false
        }
        if Bidi.isRightToLeft(glyph.scalar) || Bidi.isRightToLeft(last.scalar) {
            let gap = last.u0 - glyph.u1
            if gap < size * 0.15, gap > -size * 1.2 { return true }
        }
        let gap = glyph.u0 - last.u1
        return gap < max(small, size * 0.7) * 0.17 && gap > -size * 0.6
    }

    private func appendScalars(_ scalar: UInt32, to set: inout WordSet) {
        switch scalar {
        case 0xFB00: set.scalars += [0x66, 0x66]
        case 0xFB01: set.scalars += [0x66, 0x69]
        case 0xFB02: set.scalars += [0x66, 0x6C]
        case 0xFB03: set.scalars += [0x66, 0x66, 0x69]
        case 0xFB04: set.scalars += [0x66, 0x66, 0x6C]
        case 0xFB05, 0xFB06: set.scalars += [0x73, 0x74]
        default: set.scalars.append(scalar)
        }
    }
}
