/// Finds tables by their ruling lines: a grid of lines that meet, with text in its cells.
struct RuledTables {
    struct Grid {
        var box: Box
        var us: [Float]
        var vs: [Float]
        fileprivate var horizontal: [Line]
        fileprivate var vertical: [Line]
    }

    /// A horizontal or vertical line of a frame: its place on one axis and its extent on the other.
    fileprivate struct Line {
        var at: Float
        var from: Float
        var to: Float
    }

    private(set) var grids: [Grid] = []

    /// How far apart lines that meet may be.
    private static let slack: Float = 2.5
    private static let mostLines = 3000
    private static let mostCells = 20_000

    init(_ shapes: PageShapes, frame: Frame) {
        var (horizontal, vertical): ([Line], [Line]) = ([], [])
        guard frame.isQuarterTurn, shapes.rules.count + shapes.fills.count * 4 <= Self.mostLines else { return }
        for rule in shapes.rules {
            let box = frame.box(left: rule.left, bottom: rule.bottom, right: rule.right, top: rule.top)
            if box.width >= box.height {
                horizontal.append(Line(at: box.middleV, from: box.u0, to: box.u1))
            } else {
                vertical.append(Line(at: box.middleU, from: box.v0, to: box.v1))
            }
        }
        for fill in shapes.fills {
            let box = frame.box(left: fill.left, bottom: fill.bottom, right: fill.right, top: fill.top)
            horizontal += [Line(at: box.v0, from: box.u0, to: box.u1), Line(at: box.v1, from: box.u0, to: box.u1)]
            vertical += [Line(at: box.u0, from: box.v0, to: box.v1), Line(at: box.u1, from: box.v0, to: box.v1)]
        }
        (horizontal, vertical) = (Self.joined(horizontal), Self.joined(vertical))
        grids = Self.components(horizontal, vertical).compactMap(Self.grid)
    }

    /// Joins collinear lines that touch.
    private static func joined(_ lines: [Line]) -> [Line] {
        var result: [Line] = []
        for line in lines.sorted(by: { ($0.at, $0.from) < ($1.at, $1.from) }) {
            var isJoined = false
            for index in result.indices.suffix(12).reversed() where abs(result[index].at - line.at) < 1.5 {
                guard line.from <= result[index].to + slack, line.to >= result[index].from - slack else { continue }
                result[index].from = min(result[index].from, line.from)
                result[index].to = max(result[index].to, line.to)
                isJoined = true
                break
            }
            if !isJoined { result.append(line) }
        }
        return result
    }

    /// Lines that meet, directly or through others.
    private static func components(_ horizontal: [Line], _ vertical: [Line]) -> [(horizontal: [Line], vertical: [Line])] {
        var parent = Array(0..<horizontal.count + vertical.count)
        func root(_ index: Int) -> Int {
            var index = index
            while parent[index] != index {
                parent[index] = parent[parent[index]]
                index = parent[index]
            }
            return index
        }
        for (h, line) in horizontal.enumerated() {
            for (v, other) in vertical.enumerated() where meet(line, other) { parent[root(h)] = root(horizontal.count + v) }
        }
        var groups: [Int: (horizontal: [Line], vertical: [Line])] = [:]
        for (h, line) in horizontal.enumerated() { groups[root(h), default: ([], [])].horizontal.append(line) }
        for (v, line) in vertical.enumerated() { groups[root(horizontal.count + v), default: ([], [])].vertical.append(line) }
        return groups.sorted { $0.key < $1.key }.map(\.value)
    }

    private static func meet(_ horizontal: Line, _ vertical: Line) -> Bool {
        vertical.at >= horizontal.from - slack && vertical.at <= horizontal.to + slack && horizontal.at >= vertical.from - slack
            && horizontal.at <= vertical.to + slack
    }

    private static func grid(_ lines: (horizontal: [Line], vertical: [Line])) -> Grid? {
        let us = places(lines.vertical.map(\.at) + ends(lines.horizontal))
        let vs = places(lines.horizontal.map(\.at) + ends(lines.vertical))
        guard us.count >= 3, vs.count >= 3, us.count * vs.count <= mostCells, let u0 = us.first, let u1 = us.last, let v0 = vs.first,
            let v1 = vs.last
        else { return nil }
        return Grid(box: Box(u0: u0, v0: v0, u1: u1, v1: v1), us: us, vs: vs, horizontal: lines.horizontal, vertical: lines.vertical)
    }

    /// The outermost ends at which at least half of the lines end: a table may have no line at its sides.
    private static func ends(_ lines: [Line]) -> [Float] {
        guard let from = lines.map(\.from).min(), let to = lines.map(\.to).max() else { return [] }
        let most = max(2, (lines.count + 1) / 2)
        let start = lines.count { abs($0.from - from) < 3 } >= most ? [from] : []
        return start + (lines.count { abs($0.to - to) < 3 } >= most ? [to] : [])
    }

    private static func places(_ all: [Float]) -> [Float] {
        var places: [Float] = []
        for at in all.sorted() where places.last.map({ at - $0 > 3 }) ?? true { places.append(at) }
        return places
    }
}

extension RuledTables.Grid {
    /// The table with the words that lie in the grid, or `nil` if its cells are not those of a table.
    func table(_ set: WordSet, _ words: [Int]) -> PageTable? {
        let (rowCount, columnCount) = (vs.count - 1, us.count - 1)
        let owner = cells(rowCount, columnCount)
        var members: [Int: [Int]] = [:]
        for index in words {
            let word = set.words[index]
            guard let column = interval((word.u0 + word.u1) / 2, us), let place = interval(word.v + word.size * 0.25, vs) else { continue }
            members[owner[(rowCount - 1 - place) * columnCount + column], default: []].append(index)
        }
        guard members.count >= 2 else { return nil }
        let starts = Set(owner)
        let used = (0..<columnCount).filter { column in (0..<rowCount).contains { starts.contains($0 * columnCount + column) } }
        guard used.count >= 2 else { return nil }
        var rows: [GridRow] = []
        for row in 0..<rowCount {
            let cells = used.map { column in members[row * columnCount + column].map { ColumnCut.lines(set, $0) } ?? [] }
            rows += GridRow.rows(cells, v: vs[rowCount - 1 - row])
        }
        guard rows.count >= 2, rows.contains(where: { row in row.cells.count { !$0.isEmpty } >= 2 }) else { return nil }
        return PageTable(
            rows: rows.map(\.cells), heights: rows.map(\.v), headerRows: headerRows(rows.map(\.cells), rows.map(\.isBold)), box: box)
    }

    /// The first cell of the merged cell to which each cell of the grid belongs, row by row from the top.
    private func cells(_ rowCount: Int, _ columnCount: Int) -> [Int] {
        var owner = Array(0..<rowCount * columnCount)
        for row in 0..<rowCount {
            let (top, bottom) = (vs[rowCount - row], vs[rowCount - 1 - row])
            for column in 0..<columnCount {
                let cell = row * columnCount + column
                if column > 0, !isRuled(vertical, at: us[column], bottom, top) {
                    owner[cell] = owner[cell - 1]
                } else if row > 0, !isRuled(horizontal, at: top, us[column], us[column + 1]) {
                    owner[cell] = owner[cell - columnCount]
                }
            }
        }
        return owner
    }

    private func isRuled(_ lines: [RuledTables.Line], at place: Float, _ from: Float, _ to: Float) -> Bool {
        let middle = (from + to) / 2
        return lines.contains { abs($0.at - place) < 3.5 && $0.from - 2 <= middle && $0.to + 2 >= middle }
    }

    private func interval(_ value: Float, _ places: [Float]) -> Int? {
        guard let first = places.first, let last = places.last, value >= first, value <= last else { return nil }
        return max(0, (places.firstIndex { $0 > value } ?? places.count - 1) - 1)
    }

    private func headerRows(_ rows: [[String]], _ isBold: [Bool]) -> Int {
        guard rows.count > 1 else { return 0 }
        let hasNumbers = rows.dropFirst().contains { $0.contains(where: AlignedTable.isNumber) }
        for count in 1...min(3, rows.count - 1) {
            let row = rows[count - 1]
            guard !row.contains(where: AlignedTable.isNumber) else { return 0 }
            // A row with one cell is a title over the columns.
            guard row.count(where: { !$0.isEmpty }) * 2 > row.count else { continue }
            return hasNumbers || isBold[count - 1] && !isBold[count] ? count : 1
        }
        return 0
    }
}
