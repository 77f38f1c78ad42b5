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
    let segments: [Segment]
    private(set) var regions: [Region] = []

    init(_ set: WordSet, _ segments: [Segment]) {
        (self.set, self.segments) = (set, segments)
        order(Array(segments.indices), depth: 0)
    }

    /// Segments side by side.
    private struct Strip {
        var segments: [Int]
        var core: ClosedRange<Float>
    }

    private struct Group {
        var strips: [Strip] = []
        var cover = Intervals()
    }

    private static let deepest = 16

    private mutating func order(_ selection: [Int], depth: Int) {
        let strips = strips(selection)
        guard depth < Self.deepest else {
            addLines(strips)
            return
        }
        let size = usualSize(selection)
        for group in merged(groups(strips, size: size), size: size) { add(group, size: size, depth: depth) }
    }

    private func usualSize(_ selection: [Int]) -> Float {
        let sizes = selection.filter { !segments[$0].isBlock }.map { segments[$0].size }.sorted()
        return sizes.isEmpty ? 10 : max(2, sizes[sizes.count / 2])
    }

    // MARK: Strips and groups

    private func strips(_ selection: [Int]) -> [Strip] {
        let sorted = selection.sorted { segments[$0].core.upperBound > segments[$1].core.upperBound }
        var strips: [Strip] = []
        for index in sorted {
            let core = segments[index].core
            if let last = strips.last, core.upperBound > last.core.lowerBound {
                strips[strips.count - 1].segments.append(index)
                strips[strips.count - 1].core = min(core.lowerBound, last.core.lowerBound)...last.core.upperBound
            } else {
                strips.append(Strip(segments: [index], core: core))
            }
        }
        return strips
    }

    private func cover(_ strip: Strip, size: Float, into cover: inout Intervals) {
        for index in strip.segments {
            let box = segments[index].box
            let shrink = min(size * 0.15, box.width * 0.1)
            cover.insert(box.u0 + shrink, box.u1 - shrink)
        }
    }

    private func groups(_ strips: [Strip], size: Float) -> [Group] {
        let gutter = size * 0.9
        var groups: [Group] = []
        var current = Group()
        for strip in strips {
            var joined = current.cover
            cover(strip, size: size, into: &joined)
            var own = Intervals()
            cover(strip, size: size, into: &own)
            let had = !current.cover.gaps(gutter).isEmpty
            if !current.strips.isEmpty, joined.gaps(gutter).isEmpty, had || !own.gaps(gutter).isEmpty {
                groups.append(current)
                current = Group()
                joined = own
            }
            current.strips.append(strip)
            current.cover = joined
        }
        if !current.strips.isEmpty { groups.append(current) }
        return groups
    }

    /// Puts a single line that happens to have a gap back among the lines around it.
    private func merged(_ groups: [Group], size: Float) -> [Group] {
        var result: [Group] = []
        for group in groups {
            if let last = result.last, isPlain(group, size: size), isPlain(last, size: size) {
                result[result.count - 1].strips += group.strips
                for interval in group.cover.covered { result[result.count - 1].cover.insert(interval.lowerBound, interval.upperBound) }
            } else {
                result.append(group)
            }
        }
        return result
    }

    private func isPlain(_ group: Group, size: Float) -> Bool {
        let gaps = group.cover.gaps(size * 0.9)
        return gaps.isEmpty || group.strips.count == 1 && gaps.allSatisfy { $0.upperBound - $0.lowerBound < size * 2.5 }
    }

    // MARK: Regions

    private mutating func add(_ group: Group, size: Float, depth: Int) {
        let gaps = group.cover.gaps(size * 0.9)
        guard !gaps.isEmpty else {
            addLines(group.strips)
            return
        }
        if group.strips.count == 1, !group.strips[0].segments.contains(where: { segments[$0].isBlock }) {
            addLines(group.strips)
            return
        }
        let columns = columns(of: group, at: gaps.map { ($0.lowerBound + $0.upperBound) / 2 })
        let alignment = ColumnAlignment(set: set, segments: segments, columns: columns)
        if alignment.isTable, let table = AlignedTable(alignment).table {
            regions.append(.table(table))
            return
        }
        for column in columns { order(column, depth: depth + 1) }
    }

    private func columns(of group: Group, at cuts: [Float]) -> [[Int]] {
        var columns = [[Int]](repeating: [], count: cuts.count + 1)
        for strip in group.strips {
            for index in strip.segments {
                let middle = segments[index].box.middleU
                columns[cuts.firstIndex { middle < $0 } ?? cuts.count].append(index)
            }
        }
        return columns.filter { !$0.isEmpty }
    }

    private mutating func addLines(_ strips: [Strip]) {
        var lines: [TextLine] = []
        for strip in strips {
            var words: [Int] = []
            for index in strip.segments.sorted(by: { segments[$0].box.u0 < segments[$1].box.u0 }) {
                switch segments[index].content {
                case .words(let more): words += more
                case .block(let block):
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
