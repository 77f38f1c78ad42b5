/// Columns side by side, and whether they are the columns of a table or of a text.
struct ColumnAlignment {
    let set: WordSet
    let segments: [Segment]
    /// Indices of segments, for each column.
    let columns: [[Int]]

    /// In a text the lines of a column fill it and have many words; in a table they stand on the same baselines as others.
    var isTable: Bool {
        guard columns.count > 1, !columns.joined().contains(where: { segments[$0].isBlock }) else { return false }
        let texty = columns.map(isText)
        if texty.allSatisfy({ $0 }) { return false }
        let lines = columns.map { Set($0.map { baseline($0) }).count }
        guard let most = lines.max(), most >= 2 else { return false }
        // Of the columns with fewer lines, nearly all stand beside a line of another one.
        var aligned = 0
        var total = 0
        for (number, column) in columns.enumerated() where !(texty[number] && lines[number] == most) {
            let others = Set(columns.enumerated().filter { $0.offset != number }.flatMap(\.element).flatMap { nearBaselines($0) })
            aligned += column.count { others.contains(baseline($0)) }
            total += column.count
        }
        guard total > 0, Float(aligned) >= Float(total) * 0.7 else { return false }
        // Two columns of which one is text are a table only if the other names its lines.
        return columns.count > 2 || !texty.contains(true) || aligned >= 3
    }

    private func baseline(_ segment: Int) -> Int { Int((max(-100_000, min(100_000, segments[segment].v)) / 2).rounded()) }

    private func nearBaselines(_ segment: Int) -> [Int] {
        let line = baseline(segment)
        return [line - 1, line, line + 1]
    }

    private func isText(_ column: [Int]) -> Bool {
        var words = 0
        var widths: [Float] = []
        var box = Box.none
        for index in column {
            guard case .words(let own) = segments[index].content else { continue }
            words += own.count
            widths.append(segments[index].box.width)
            box.formUnion(segments[index].box)
        }
        guard !widths.isEmpty, box.width > 0 else { return false }
        let isIdeographic = column.contains { index in
            guard case .words(let own) = segments[index].content, let first = own.first else { return false }
            return set.scalars[set.words[first].scalars].count > 8
        }
        let perLine = Float(words) / Float(widths.count)
        let fill = widths.sorted()[widths.count / 2] / box.width
        return fill >= 0.62 && (perLine >= 3.5 || isIdeographic && perLine < 2 && widths.count > 3 && fill > 0.8)
    }
}
