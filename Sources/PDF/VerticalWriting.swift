/// Finds Chinese and Japanese text that is written downwards: characters one below the other.
enum VerticalWriting {
    /// Moves such characters into the frame in which they run to the right, which is turned by a quarter.
    static func mark(_ glyphs: inout [Glyph], styles: [GlyphStyle]) {
        var start = 0
        while start < glyphs.count {
            var end = start + 1
            while end < glyphs.count, follows(glyphs[end], glyphs[end - 1], styles) { end += 1 }
            if end - start >= 3 || end - start == 2 && glyphs[start].style == glyphs[start + 1].style {
                for index in start..<end { turn(&glyphs[index], size: styles[Int(glyphs[index].style)].size) }
            }
            start = end
        }
    }

    private static func follows(_ next: Glyph, _ glyph: Glyph, _ styles: [GlyphStyle]) -> Bool {
        let size = styles[Int(glyph.style)].size
        guard next.degrees == glyph.degrees, isIdeographic(glyph.scalar), isIdeographic(next.scalar) else { return false }
        let down = glyph.v - next.v
        return abs(next.u0 + next.u1 - glyph.u0 - glyph.u1) < size * 0.5 && down > size * 0.4 && down < size * 1.6
    }

    private static func turn(_ glyph: inout Glyph, size: Float) {
        let middle = (glyph.u0 + glyph.u1) / 2
        let top = -glyph.v - size * 0.88
        (glyph.u0, glyph.u1, glyph.v) = (top, top + size, middle - size * 0.3)
        glyph.degrees = Int16(Frame(degrees: Int(glyph.degrees) - 90).degrees)
        glyph.isVertical = true
    }

    static func isIdeographic(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x2014...0x2026, 0x2E80...0x9FFF, 0xF900...0xFAFF, 0xFE10...0xFE1F, 0xFE30...0xFE4F, 0xFF00...0xFFEF, 0x20000...0x3FFFF: true
        default: false
        }
    }
}
