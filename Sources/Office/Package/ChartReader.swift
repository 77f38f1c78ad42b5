import Extraction

/// The text of a chart: its title, and its series as a table with a row for each category.
enum ChartReader {
    /// Maximum number of categories.
    private static let maxRows = 10_000
    private static let maxSeries = 200

    private struct Series {
        var name = ""
        var categories: [Int: String] = [:]
        var values: [Int: String] = [:]
    }

    /// - Parameter root: the root of the chart's part.
    static func blocks(_ root: XMLElement?) -> [ContentBlock] {
        guard let chart = root?.first("c:chart") else { return [] }
        var blocks: [ContentBlock] = []
        let title = DrawingText.line(chart.first("c:title"))
        if !title.isEmpty { blocks.append(.paragraph(title)) }
        let plots = chart.first("c:plotArea")?.descendants("c:ser") ?? []
        let table = table(plots.prefix(maxSeries).map(series))
        if !table.rows.isEmpty { blocks.append(.table(table)) }
        return blocks
    }

    private static func series(_ element: XMLElement) -> Series {
        var series = Series()
        series.name = element.first("c:tx").map { points($0).sorted { $0.key < $1.key }.map(\.value).joined(separator: " ") } ?? ""
        series.categories = (element.first("c:cat") ?? element.first("c:xVal")).map(points) ?? [:]
        series.values = (element.first("c:val") ?? element.first("c:yVal")).map(points) ?? [:]
        return series
    }

    /// Returns the cached values of a reference, by their index. Categories may have several levels, of which the first is the innermost.
    private static func points(_ element: XMLElement) -> [Int: String] {
        var points: [Int: String] = [:]
        for point in element.descendants("c:pt") {
            guard let index = point["idx"].flatMap({ Int($0) }), (0..<maxRows).contains(index), points[index] == nil else { continue }
            points[index] = point.first("c:v")?.text ?? ""
        }
        if points.isEmpty, let value = element.first("c:v")?.text { points[0] = value }
        return points
    }

    private static func table(_ series: [Series]) -> ContentTable {
        var table = ContentTable()
        guard series.contains(where: { !$0.values.isEmpty || !$0.categories.isEmpty }) else { return table }
        let indices = Set(series.flatMap { Array($0.values.keys) + Array($0.categories.keys) }).sorted()
        let categories = series.first { !$0.categories.isEmpty }?.categories ?? [:]
        table.rows.append(row([""] + series.map(\.name), isHeader: true))
        for index in indices {
            table.rows.append(row([categories[index] ?? ""] + series.map { NumberText.plain($0.values[index] ?? "") }, isHeader: false))
        }
        return table
    }

    private static func row(_ texts: [String], isHeader: Bool) -> ContentTable.Row {
        ContentTable.Row(cells: texts.map { ContentTable.Cell(blocks: $0.isEmpty ? [] : [.paragraph($0)]) }, isHeader: isHeader)
    }
}
