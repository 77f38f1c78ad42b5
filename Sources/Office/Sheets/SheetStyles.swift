import Extraction

/// The number formats of a workbook's cell styles.
struct SheetStyles {
    /// By the index of the style.
    private var formats: [NumberFormat] = []

    /// - Parameter root: the root of `styles.xml`.
    init(_ root: XMLElement?, is1904: Bool) {
        var codes: [Int: String] = [:]
        for element in root?.first("x:numFmts")?.all("x:numFmt") ?? [] {
            if let id = element["numFmtId"].flatMap({ Int($0) }), let code = element["formatCode"] { codes[id] = code }
        }
        var known: [Int: NumberFormat] = [:]
        for style in root?.first("x:cellXfs")?.all("x:xf") ?? [] {
            let id = style["numFmtId"].flatMap { Int($0) } ?? 0
            let format =
                known[id] ?? codes[id].map { NumberFormat($0, is1904: is1904) } ?? NumberFormat(builtIn: id, is1904: is1904) ?? .general
            known[id] = format
            formats.append(format)
        }
    }

    subscript(_ style: Int?) -> NumberFormat? {
        guard let style, formats.indices.contains(style) else { return nil }
        return formats[style].isGeneral ? nil : formats[style]
    }
}
