/// A piece of a line without a wide gap, or a thing that takes its place in the reading order as a whole.
struct Segment {
    enum Content {
        /// Words of the frame, from left to right.
        case words([Int])
        /// A block that is made already: a table with rules, text in another direction.
        case block(Int)
    }

    var content: Content
    var box: Box
    /// The baseline and the size of the text.
    var v: Float
    var size: Float

    /// The height by which segments of one line overlap and those of different lines do not.
    var core: ClosedRange<Float> {
        switch content {
        case .words: v...(v + size * 0.45)
        case .block: min(box.v0, box.v1)...max(box.v0, box.v1)
        }
    }

    var isBlock: Bool { if case .block = content { true } else { false } }
}

/// Collects words into lines, and cuts these where columns may be apart.
enum Segmenter {
    /// - Parameter selection: indices of words.
    static func segments(of set: WordSet, _ selection: [Int]) -> [Segment] {
        let rows = rows(of: set, selection)
        var result: [Segment] = []
        result.reserveCapacity(rows.count * 2)
        for row in rows { cut(row, set, into: &result) }
        return result
    }

    private struct Row {
        var words: [Int]
        var v: Float
        var size: Float
    }

    /// Words with one baseline; smaller words beside it, as indices of a formula are, join it.
    private static func rows(of set: WordSet, _ selection: [Int]) -> [[Int]] {
        let sorted = selection.sorted { (set.words[$0].v, -set.words[$0].u0) > (set.words[$1].v, -set.words[$1].u0) }
        var rows: [Row] = []
        // Only the last few rows are near enough.
        let reach = 6
        for index in sorted {
            let word = set.words[index]
            var best: (row: Int, distance: Float)?
            for row in max(0, rows.count - reach)..<rows.count {
                let distance = abs(rows[row].v - word.v)
                if distance < (best?.distance ?? .infinity), isNear(word, rows[row], distance, set) { best = (row, distance) }
            }
            if let best {
                rows[best.row].words.append(index)
                if word.size > rows[best.row].size * 1.1 { (rows[best.row].v, rows[best.row].size) = (word.v, word.size) }
            } else {
                rows.append(Row(words: [index], v: word.v, size: word.size))
            }
        }
        return attached(rows, set).map { row in row.words.sorted { set.words[$0].u0 < set.words[$1].u0 } }
    }

    /// Adds raised and lowered words, which make rows of their own if the words beside them come later, to the row beside them.
    private static func attached(_ rows: [Row], _ set: WordSet) -> [Row] {
        var result = rows
        for small in result.indices.reversed() {
            for large in max(0, small - 3)..<min(result.count, small + 4) where large != small {
                guard result[small].size < result[large].size * 0.85, result[small].words.count <= 3 else { continue }
                let distance = abs(result[small].v - result[large].v)
                guard result[small].words.contains(where: { isNear(set.words[$0], result[large], distance, set) }) else { continue }
                result[large].words += result[small].words
                result.remove(at: small)
                break
            }
        }
        return result
    }

    private static func isNear(_ word: Word, _ row: Row, _ distance: Float, _ set: WordSet) -> Bool {
        let (small, large) = (min(word.size, row.size), max(word.size, row.size))
        if distance <= small * 0.2 { return true }
        guard small < large * 0.85, distance < large * 0.55 else { return false }
        return row.words.contains {
            let other = set.words[$0]
            return other.u0 - word.u1 < large * 0.5 && word.u0 - other.u1 < large * 0.5
        }
    }

    /// A gap wider than this share of the size may be between columns.
    private static let widestSpace: Float = 0.85

    private static func cut(_ row: [Int], _ set: WordSet, into result: inout [Segment]) {
        var current: [Int] = []
        var gaps: [Float] = []
        for (left, right) in zip(row, row.dropFirst()) { gaps.append(set.words[right].u0 - set.words[left].u1) }
        // The spaces of a justified line are wide all along.
        let usual = gaps.count >= 4 ? gaps.sorted()[gaps.count / 4] : 0
        for (position, index) in row.enumerated() {
            if position > 0 {
                let size = max(set.words[row[position - 1]].size, set.words[index].size)
                let gap = gaps[position - 1]
                if gap > size * widestSpace, gap > usual * 1.8 {
                    result.append(segment(current, set))
                    current.removeAll()
                }
            }
            current.append(index)
        }
        if !current.isEmpty { result.append(segment(current, set)) }
    }

    static func segment(_ words: [Int], _ set: WordSet) -> Segment {
        var box = Box.none
        var (v, size): (Float, Float) = (0, 0)
        for index in words {
            let word = set.words[index]
            box.formUnion(word.box)
            if word.size > size { (v, size) = (word.v, word.size) }
        }
        return Segment(content: .words(words), box: box, v: v, size: size)
    }
}
