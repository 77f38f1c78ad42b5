import Extraction

/// The reading of a workbook, sheet by sheet.
struct WorkbookReader {
    private let package: OfficePackage
    private let context: ReadingContext
    private var strings: [String] = []
    private var styles: SheetStyles

    private struct Sheet {
        let name: String
        let part: String
        let isHidden: Bool
    }

    static func read(_ package: OfficePackage, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument {
        let root = try package.tree(package.main)
        let is1904 = root?.first("x:workbookPr")?["date1904"].map { WordToggle.isOn($0) } ?? false
        let styles = SheetStyles(try package.tree(package.part("styles", of: package.main, usually: "styles.xml")), is1904: is1904)
        var reader = WorkbookReader(package: package, context: context, styles: styles)
        if let part = package.part("sharedStrings", of: package.main, usually: "sharedStrings.xml"),
            let source = try package.archive.source(part)
        {
            let shared = SharedStrings()
            try XMLEvents.parse(source, shared)
            reader.strings = shared.texts
        }
        return try reader.document(reader.sheets(root))
    }

    private init(package: OfficePackage, context: ReadingContext, styles: SheetStyles) {
        (self.package, self.context, self.styles) = (package, context, styles)
    }

    private func sheets(_ root: XMLElement?) -> [Sheet] {
        let listed = (root?.first("x:sheets")?.all("x:sheet") ?? []).compactMap { element -> Sheet? in
            guard let part = package.target(element["r:id"], of: package.main) else { return nil }
            return Sheet(name: element["name"] ?? "", part: part, isHidden: element["state"].map { $0 != "visible" } ?? false)
        }
        if !listed.isEmpty { return listed }
        let folder = ArchivePath.folder(of: package.main) + "/worksheets/"
        return package.archive.names.filter { $0.hasPrefix(folder) && $0.hasSuffix(".xml") }.map {
            Sheet(name: "", part: $0, isHidden: false)
        }
    }

    private func document(_ sheets: [Sheet]) throws(ExtractError) -> ExtractedDocument {
        guard sheets.count <= context.limits.maxParts else {
            throw ExtractError(.tooLarge, "the workbook has more than \(context.limits.maxParts) sheets")
        }
        let writer = SheetWriter(DocumentBuilder(limits: context.limits))
        for sheet in sheets where !writer.isFull {
            writer.beginSheet(sheet.name, isHidden: sheet.isHidden)
            if !sheet.isHidden { try write(sheet, to: writer) }
        }
        return try writer.document(title: package.title(), mediaType: DocumentFormat.xlsx.mediaType)
    }

    private func write(_ sheet: Sheet, to writer: SheetWriter) throws(ExtractError) {
        guard let source = try package.archive.source(sheet.part) else { return }
        let handler = SheetHandler(strings, styles) { row throws(ExtractError) in try writer.add(row) }
        do throws(ExtractError) { try XMLEvents.parse(source, handler) } catch {
            guard error.code == .malformed, writer.hasRows else { throw error }
        }
        writer.endRows(handler.merged)
        try writeDrawings(of: sheet.part, to: writer)
        try writeComments(of: sheet.part, to: writer)
    }

    /// Writes the text boxes and charts that lie on a sheet.
    private func writeDrawings(of part: String, to writer: SheetWriter) throws(ExtractError) {
        for drawing in package.parts("drawing", of: part) {
            guard let root = try package.tree(drawing) else { continue }
            for anchor in root.children {
                let anchor = anchor.first("mc:AlternateContent")?.first("mc:Choice") ?? anchor
                for shape in anchor.descendants("xdr:sp") {
                    for paragraph in DrawingText.paragraphs(shape.first("xdr:txBody")) { writer.write(.paragraph(paragraph.text)) }
                }
                for chart in anchor.descendants("c:chart") {
                    for block in ChartReader.blocks(try package.tree(package.target(chart["r:id"], of: drawing))) { writer.write(block) }
                }
                for diagram in anchor.descendants("dgm:relIds") {
                    for block in DiagramReader.blocks(try package.tree(package.target(diagram["r:dm"], of: drawing))) {
                        writer.write(block)
                    }
                }
            }
        }
    }

    private func writeComments(of part: String, to writer: SheetWriter) throws(ExtractError) {
        for comments in package.parts("comments", of: part) {
            guard let root = try package.tree(comments) else { continue }
            for comment in root.first("x:commentList")?.all("x:comment") ?? [] {
                let text = comment.first("x:text")?.descendants("x:t").map(\.text).joined().trimmed ?? ""
                if !text.isEmpty { writer.write(.paragraph("Comment on \(comment["ref"] ?? "a cell"): \(text)")) }
            }
        }
    }
}
