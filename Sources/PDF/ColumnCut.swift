/// A part of a page in reading order.
enum Region {
    case lines([TextLine])
    case table(PageTable)
    /// The index of a block that was made before.
    case block(Int)
}

/// Finds the reading order of a page: strips of lines from top to bottom, and columns wherever a run of strips has a common gutter.
///
/// This is a recursive cut along white space (Nagy and Seth 1984), except that a gap between paragraphs does not end columns that go on
/// below it.
struct ColumnCut {
    let set: WordSet
    private(set) var segments: [Segment]
    private(set) var regions: [Region] = []
    private let isRightToLeft: Bool
    private var written: Set<Int> = []
    /// How many comparisons are left before the rest is read from top to bottom; only a contrived page needs them all.
    private var budget = 20_000_000

    init(_ set: WordSet, _ segments: [Segment], ordered: Bool = true) {
        (self.set, self.segments) = (set, segments)
        isRightToLeft = set.words.count(where: \.isRightToLeft) * 2 > set.words.count
        if ordered { order(Array(segments.indices), depth: 0) }
    }

    private static let deepest = 24

    /// The lines of words that are one column, from top to bottom.
    static func lines(_ set: WordSet, _ words: [Int]) -> [TextLine] {
        let segments = Segmenter.segments(of: set, words)
        var cut = ColumnCut(set, segments, ordered: false)
        cut.addLines(cut.strips(Array(segments.indices)))
        return cut.regions.flatMap { region -> [TextLine] in if case .lines(let lines) = region { lines } else { [] } }
    }

    private mutating func order(_ selection: [Int], depth: Int) { order(strips: strips(selection), depth: depth) }

    private mutating func order(strips: [Strip], depth: Int) {
        guard !strips.isEmpty else { return }
        let size = usualSize(strips)
        guard depth < Self.deepest, budget > 0, let run = GutterSearch(set, segments, strips, size: size, budget: &budget).best else {
            addLines(strips)
            return
        }
        order(strips: Array(strips[..<run.strips.lowerBound]), depth: depth + 1)
        let inside = strips[run.strips].map { split($0, at: run.u) }
        if isText(inside, at: run.u) {
            for column in inReadingOrder(columns(of: inside, at: [run.u])) { order(column, depth: depth + 1) }
        } else {
            add(inside, size: size, depth: depth)
        }
        order(strips: Array(strips[run.strips.upperBound...]), depth: depth + 1)
    }

    private func usualSize(_ strips: [Strip]) -> Float {
        let sizes = strips.flatMap(\.segments).filter { !segments[$0].isBlock }.map { segments[$0].size }.sorted()
        return sizes.isEmpty ? 10 : max(2, sizes[sizes.count / 2])
    }

    private func strips(_ selection: [Int]) -> [Strip] {
        let sorted = selection.sorted { segments[$0].core.upperBound > segments[$1].core.upperBound }
        var strips: [Strip] = []
        for index in sorted where !segments[index].isBlock {
            let core = segments[index].core
            if let last = strips.last, core.upperBound > last.core.lowerBound {
                strips[strips.count - 1].segments.append(index)
                strips[strips.count - 1].core = min(core.lowerBound, last.core.lowerBound)...last.core.upperBound
            } else {
                strips.append(Strip(segments: [index], core: core))
            }
        }
        for index in sorted where segments[index].isBlock { insert(index, into: &strips) }
        return strips
    }

    /// Adds a block to each strip beside it; it is written at the first.
    private func insert(_ block: Int, into strips: inout [Strip]) {
        let core = segments[block].core
        var isBeside = false
        for index in strips.indices where strips[index].core.overlaps(core) {
            strips[index].segments.append(block)
            isBeside = true
        }
        if isBeside { return }
        let position = strips.firstIndex { $0.core.upperBound < core.lowerBound } ?? strips.count
        strips.insert(Strip(segments: [block], core: core), at: position)
    }

    /// Divides a segment that spans the gutter, between its words.
    private mutating func split(_ strip: Strip, at u: Float) -> Strip {
        var strip = strip
        for index in strip.segments {
            guard case .words(let words) = segments[index].content, segments[index].box.u0 < u, segments[index].box.u1 > u else { continue }
            let left = words.filter { (set.words[$0].u0 + set.words[$0].u1) / 2 < u }
            let right = words.filter { (set.words[$0].u0 + set.words[$0].u1) / 2 >= u }
            guard !left.isEmpty, !right.isEmpty else { continue }
            segments[index] = Segmenter.segment(left, set)
            strip.segments.append(segments.count)
            segments.append(Segmenter.segment(right, set))
        }
        return strip
    }

    /// Whether the lines on both sides of a gutter fill their columns with words.
    private func isText(_ strips: [Strip], at u: Float) -> Bool {
        for isLeft in [true, false] {
            var box = Box.none
            var lines: [(width: Float, words: Int)] = []
            for strip in strips {
                var line: (width: Float, words: Int) = (0, 0)
                for index in strip.segments where (segments[index].box.middleU < u) == isLeft {
                    guard case .words(let words) = segments[index].content else { continue }
                    box.formUnion(segments[index].box)
                    line = (line.width + segments[index].box.width, line.words + words.count)
                }
                if line.words > 0 { lines.append(line) }
            }
            guard lines.count >= 6 else { return false }
            let fill = lines.map(\.width).sorted()[lines.count / 2] / box.width
            guard fill > 0.75, lines.reduce(0, { $0 + $1.words }) * 2 >= lines.count * 7 else { return false }
        }
        return true
    }

    /// Whether the strips are lines of one column whose spaces are wide because both its edges are straight. In a table, the parts on
    /// the right begin below one another, or are numbers.
    private func isJustified(_ strips: [Strip], size: Float) -> Bool {
        let lines = strips.map { strip in strip.segments.map { segments[$0].box } }
        guard let left = lines.joined().map(\.u0).min(), let right = lines.joined().map(\.u1).max(), right - left < size * 45 else {
            return false
        }
        let full = lines.count { line in line.contains { $0.u0 < left + 1.5 } && line.contains { $0.u1 > right - 1.5 } }
        guard full >= 3, full * 10 >= lines.count * 6 else { return false }
        let starts = lines.compactMap { line in line.count > 1 ? line.map(\.u0).max() : nil }.sorted()
        let aligned = starts.count { abs($0 - starts[starts.count / 2]) < 1.5 }
        guard aligned * 10 < starts.count * 7 else { return false }
        let last = strips.compactMap { strip in strip.segments.max { segments[$0].box.u0 < segments[$1].box.u0 } }
        let numbers = last.count { index in
            guard case .words(let words) = segments[index].content, let line = TextLine(words, of: set) else { return true }
            return AlignedTable.isNumber(line.text)
        }
        return numbers * 3 < last.count
    }

    // MARK: Regions

    private mutating func add(_ strips: [Strip], size: Float, depth: Int) {
        var cover = Intervals()
        for index in strips.flatMap(\.segments) {
            let box = segments[index].box
            let shrink = min(size * 0.15, box.width * 0.1)
            cover.insert(box.u0 + shrink, box.u1 - shrink)
        }
        let cuts = cover.gaps(size * 0.7).map { ($0.lowerBound + $0.upperBound) / 2 }
        guard !cuts.isEmpty else {
            addLines(strips)
            return
        }
        if isJustified(strips, size: size) {
            addLines(strips)
            return
        }
        let columns = columns(of: strips, at: cuts)
        if ColumnAlignment(set: set, segments: segments, columns: columns).isTable {
            addTable(strips, cuts: cuts, depth: depth)
        } else {
            for column in inReadingOrder(columns) { order(column, depth: depth + 1) }
        }
    }

    /// Writes a table; lines above and below it that fill only the first column are a caption or a text.
    private mutating func addTable(_ strips: [Strip], cuts: [Float], depth: Int) {
        func isAlone(_ strip: Strip) -> Bool { strip.segments.allSatisfy { segments[$0].box.middleU < cuts[0] } }
        let start = strips.firstIndex { !isAlone($0) } ?? 0
        let end = (strips.lastIndex { !isAlone($0) } ?? strips.count - 1) + 1
        let alignment = ColumnAlignment(set: set, segments: segments, columns: columns(of: Array(strips[start..<end]), at: cuts))
        let table = AlignedTable(alignment)
        if table.isText {
            for column in inReadingOrder(columns(of: strips, at: cuts)) { order(column, depth: depth + 1) }
            return
        }
        addLines(Array(strips[..<start]))
        if let table = table.table { regions.append(.table(table)) }
        addLines(Array(strips[end...]))
    }

    private func columns(of strips: [Strip], at cuts: [Float]) -> [[Int]] {
        var columns = [[Int]](repeating: [], count: cuts.count + 1)
        var blocks: Set<Int> = []
        for index in strips.flatMap(\.segments) {
            if segments[index].isBlock, !blocks.insert(index).inserted { continue }
            let middle = segments[index].box.middleU
            columns[cuts.firstIndex { middle < $0 } ?? cuts.count].append(index)
        }
        return columns.filter { !$0.isEmpty }
    }

    /// In Arabic and Hebrew, the first column is the right one.
    private func inReadingOrder(_ columns: [[Int]]) -> [[Int]] { isRightToLeft ? columns.reversed() : columns }

    private mutating func addLines(_ strips: [Strip]) {
        var lines: [TextLine] = []
        for strip in strips {
            var words: [Int] = []
            for index in strip.segments.sorted(by: { segments[$0].box.u0 < segments[$1].box.u0 }) {
                switch segments[index].content {
                case .words(let more): words += more
                case .block(let block):
                    guard written.insert(block).inserted else { continue }
                    flush(&words, into: &lines)
                    if !lines.isEmpty { regions.append(.lines(lines)) }
                    lines.removeAll()
                    regions.append(.block(block))
                }
            }
            flush(&words, into: &lines)
        }
        if !lines.isEmpty { regions.append(.lines(lines)) }
    }

    private func flush(_ words: inout [Int], into lines: inout [TextLine]) {
        if let line = TextLine(words.sorted { set.words[$0].u0 < set.words[$1].u0 }, of: set), !line.isBlank { lines.append(line) }
        words.removeAll()
    }
}
