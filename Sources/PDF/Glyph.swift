internal import CPDFium
import Extraction

/// A character of a page with its place in the frame of its baseline.
struct Glyph {
    var scalar: UInt32
    /// Along the baseline, and the baseline itself.
    var u0: Float
    var u1: Float
    var v: Float
    var style: Int32
    /// Degrees of its frame.
    var degrees: Int16
    /// Whether white space precedes it.
    var afterSpace: Bool
    var isVertical: Bool
}

/// What the characters of one text object have in common.
struct GlyphStyle {
    var size: Float
    var isBold: Bool
    var isItalic: Bool
    var isHidden: Bool
    /// The number of the marked content, or -1.
    var content: Int32
}

/// The characters of a page, in the order in which it shows them.
struct PageGlyphs {
    var glyphs: [Glyph] = []
    var styles: [GlyphStyle] = []

    /// How many characters have a render mode that shows nothing.
    var hiddenCount = 0

    /// The most characters of one page: a page of a book has about 3,000.
    static let most = 1_000_000

    /// - Parameters:
    ///   - visible: the part of the page that is shown; text outside is left out.
    ///   - keepsHidden: whether invisible text is kept.
    init(_ text: cp_text, visible: cp_rect?, keepsHidden: Bool) throws(ExtractError) {
        let count = Int(cp_text_count(text))
        guard count > 0 else { return }
        guard count <= Self.most else { throw ExtractError(.tooLarge, "a page has more than \(Self.most) characters") }
        glyphs.reserveCapacity(count)
        let chunk = [cp_glyph](unsafeUninitializedCapacity: count) { $1 = cp_glyphs(text, 0, $0.baseAddress, count) }
        var lastObject: cp_handle?
        var style = cp_style()
        var degrees = 0
        var frame = Frame(degrees: 0)
        var afterSpace = false
        for (index, glyph) in chunk.enumerated() {
            guard let object = glyph.object else {
                afterSpace = true
                continue
            }
            if object != lastObject {
                lastObject = object
                cp_style_of(text, Int32(index), object, &style)
                (degrees, frame) = Self.frame(radians: style.angle, last: frame)
                append(style)
            }
            let scalar = Self.scalar(glyph.scalar)
            if Self.isSpace(scalar) {
                afterSpace = true
                continue
            }
            guard scalar != 0, glyph.box.left.isFinite, glyph.box.right.isFinite, glyph.x.isFinite, glyph.y.isFinite else { continue }
            let isHidden = styles[styles.count - 1].isHidden
            if isHidden {
                hiddenCount += 1
                if !keepsHidden { continue }
            }
            if let visible, !Self.isShown(glyph, in: visible) { continue }
            if style.clipped, !Self.isShown(glyph, in: style.clip) { continue }
            let box = frame.box(left: glyph.box.left, bottom: glyph.box.bottom, right: glyph.box.right, top: glyph.box.top)
            let origin = frame.point(glyph.x, glyph.y)
            glyphs.append(
                Glyph(
                    scalar: scalar, u0: box.u0, u1: box.u1, v: origin.v, style: Int32(styles.count - 1), degrees: Int16(degrees),
                    afterSpace: afterSpace, isVertical: false))
            afterSpace = false
        }
        VerticalWriting.mark(&glyphs, styles: styles)
    }

    private mutating func append(_ style: cp_style) {
        let size = style.size.isFinite && style.size > 0 ? min(style.size, 2000) : 1
        styles.append(
            GlyphStyle(
                size: size, isBold: style.bold || style.weight >= 600 || style.flags & (1 << 18) != 0,
                isItalic: style.flags & (1 << 6) != 0,
                isHidden: style.mode == 3 || style.mode == 7, content: style.content))
    }

    /// A frame for each degree; slightly turned text of a scan counts as upright.
    private static func frame(radians: Float, last: Frame) -> (Int, Frame) {
        guard radians.isFinite else { return (0, Frame(degrees: 0)) }
        var degrees = Int((radians * 180 / .pi).rounded())
        let quarter = Int((Float(degrees) / 90).rounded()) * 90
        if abs(degrees - quarter) <= 4 { degrees = quarter }
        let frame = Frame(degrees: degrees)
        return (frame.degrees, frame)
    }

    private static func isShown(_ glyph: cp_glyph, in box: cp_rect) -> Bool {
        let x = (glyph.box.left + glyph.box.right) / 2
        let y = (glyph.box.bottom + glyph.box.top) / 2
        let slack: Float = 1
        return x >= box.left - slack && x <= box.right + slack && y >= box.bottom - slack && y <= box.top + slack
    }

    /// The library writes a hyphen at the end of a line as U+0002, and what it cannot map as U+FFFE.
    private static func scalar(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0x02, 0xAD, 0x2010: 0x2D
        case 0x09...0x0D: 0x20
        case 0...0x1F, 0x7F...0x9F, 0xFFFE, 0xFFFF, 0xFEFF, 0xD800...0xDFFF: 0
        case 0x110000...: 0
        default: scalar
        }
    }

    private static func isSpace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x20, 0xA0, 0x1680, 0x2000...0x200B, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }
}
