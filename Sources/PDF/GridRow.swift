/// A row of a table with rules.
struct GridRow {
    var cells: [String]
    var v: Float
    var isBold: Bool

    private init?(_ cells: [[TextLine]], v: Float) {
        let joiner = LineJoiner()
        self.cells = cells.map(joiner.text)
        self.v = v
        isBold = cells.joined().allSatisfy(\.isBold)
        if self.cells.allSatisfy(\.isEmpty) { return nil }
    }

    /// The rows between two rules: several if numbers stand below one another in at least two columns, else one.
    ///
    /// - Parameter cells: the lines of each cell.
    static func rows(_ cells: [[TextLine]], v: Float) -> [GridRow] {
        let numeric = cells.filter { lines in lines.count > 1 && lines.allSatisfy { AlignedTable.isNumber($0.text) } }
        let baselines = baselines(numeric)
        guard numeric.count >= 2, baselines.count > 1, numeric.allSatisfy({ $0.count * 2 > baselines.count }) else {
            return [GridRow(cells, v: v)].compactMap { $0 }
        }
        var parts = [[[TextLine]]](repeating: [[TextLine]](repeating: [], count: cells.count), count: baselines.count)
        for (column, lines) in cells.enumerated() {
            for line in lines {
                // Of two that are equally near, the upper one.
                let nearest = baselines.indices.min {
                    abs(baselines[$0] - line.box.v0) + Float($0) < abs(baselines[$1] - line.box.v0) + Float($1)
                }
                parts[nearest ?? 0][column].append(line)
            }
        }
        return zip(parts, baselines).compactMap { GridRow($0, v: $1) }
    }

    private static func baselines(_ columns: [[TextLine]]) -> [Float] {
        var result: [Float] = []
        for line in columns.joined().sorted(by: { $0.box.v0 > $1.box.v0 }) {
            if let last = result.last, last - line.box.v0 < line.size * 0.5 { continue }
            result.append(line.box.v0)
        }
        return result
    }
}
