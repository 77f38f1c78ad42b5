internal import CPDFium
import Extraction

/// The regions of a page in reading order, from its characters and rules.
struct PageLayout {
    private(set) var regions: [Region] = []
    private(set) var frame = Frame(degrees: 0)

    init(_ page: PageGlyphs, shapes: PageShapes, fields: [PageAnnotations.Field]) {
        var counts: [Int16: Int] = [:]
        for glyph in page.glyphs { counts[glyph.degrees, default: 0] += 1 }
        let main = counts.max { ($0.value, -abs($0.key)) < ($1.value, -abs($1.key)) }?.key ?? 0
        frame = Frame(degrees: Int(main))
        var set = WordSet(frame: frame)
        set.fill(from: page.glyphs, styles: page.styles)
        for field in fields {
            set.add(field.text, in: frame.box(left: field.box.left, bottom: field.box.bottom, right: field.box.right, top: field.box.top))
        }
        var blocks: [[Region]] = []
        var segments: [Segment] = []
        var last: [Region] = []
        for (degrees, _) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) where degrees != main {
            let other = Frame(degrees: Int(degrees))
            var turned = WordSet(frame: other)
            turned.fill(from: page.glyphs, styles: page.styles)
            let pieces = Segmenter.segments(of: turned, Array(turned.words.indices))
            var box = Box.none
            for piece in pieces { box.formUnion(other.box(piece.box, in: frame)) }
            let regions = ColumnCut(turned, pieces).regions.map { Self.turned($0, other, to: frame) }
            let covered = set.words.count { box.contains(u: ($0.u0 + $0.u1) / 2, v: $0.v) }
            if !other.isQuarterTurn || covered > 0 {
                last += regions
            } else {
                segments.append(Segment(content: .block(blocks.count), box: box, v: box.v0, size: box.height))
                blocks.append(regions)
            }
        }
        var free = Array(set.words.indices)
        for grid in RuledTables(shapes, frame: frame).grids {
            let inside = free.filter {
                grid.box.contains(u: (set.words[$0].u0 + set.words[$0].u1) / 2, v: set.words[$0].v + set.words[$0].size * 0.25)
            }
            guard let table = grid.table(set, inside) else { continue }
            let taken = Set(inside)
            free.removeAll { taken.contains($0) }
            segments.append(Segment(content: .block(blocks.count), box: grid.box, v: grid.box.v0, size: grid.box.height))
            blocks.append([.table(table)])
        }
        segments += Segmenter.segments(of: set, free)
        for region in ColumnCut(set, segments).regions {
            if case .block(let index) = region { regions += blocks[index] } else { regions.append(region) }
        }
        regions += last
    }

    /// The same region with the boxes of its lines in another frame.
    private static func turned(_ region: Region, _ frame: Frame, to main: Frame) -> Region {
        guard case .lines(let lines) = region else { return region }
        return .lines(
            lines.map { line in
                var line = line
                line.box = frame.box(line.box, in: main)
                line.isTurned = true
                return line
            })
    }
}
