import Extraction

/// The reading of a presentation, slide by slide.
struct PresentationReader {
    private let package: OfficePackage
    private var builder: DocumentBuilder
    private var layouts: [String: SlideLayout] = [:]

    static func read(_ package: OfficePackage, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument {
        var reader = PresentationReader(package: package, builder: DocumentBuilder(limits: context.limits))
        let slides = try reader.slides()
        guard slides.count <= context.limits.maxParts else {
            throw ExtractError(.tooLarge, "the presentation has more than \(context.limits.maxParts) slides")
        }
        for slide in slides where !reader.builder.isFull { try reader.write(slide) }
        return try reader.builder.document(title: package.title(), mediaType: DocumentFormat.pptx.mediaType)
    }

    private init(package: OfficePackage, builder: DocumentBuilder) { (self.package, self.builder) = (package, builder) }

    /// Returns the parts of the slides in the order of the presentation; by their numbers if the presentation does not list them.
    private func slides() throws(ExtractError) -> [String] {
        let root = try package.tree(package.main)
        let listed = (root?.first("p:sldIdLst")?.all("p:sldId") ?? []).compactMap { package.target($0["r:id"], of: package.main) }
        if !listed.isEmpty { return listed }
        let folder = ArchivePath.folder(of: package.main) + "/slides/slide"
        let numbered = package.archive.names.compactMap { name -> (number: Int, name: String)? in
            guard name.hasPrefix(folder), name.hasSuffix(".xml"), let number = Int(name.dropFirst(folder.count).dropLast(4)) else {
                return nil
            }
            return (number, name)
        }
        return numbered.sorted { $0.number < $1.number }.map(\.name)
    }

    private mutating func write(_ part: String) throws(ExtractError) {
        guard let root = try package.tree(part) else {
            builder.beginPart(.slide)
            return
        }
        // A hidden slide keeps its number, as in the program that shows them.
        let shapes = root.at("p:cSld", "p:spTree")
        let isHidden = root["show"].map { !WordToggle.isOn($0) } ?? false
        guard !isHidden, let shapes else {
            builder.beginPart(.slide)
            return
        }
        let layout = try layout(package.part("slideLayout", of: part))
        let found = SlideShapes.ordered(shapes, layout)
        let title = found.first(where: \.isTitle).map { DrawingText.line($0.element.first("p:txBody")) } ?? ""
        builder.beginPart(.slide, label: title)
        builder.heading(title, level: 1)
        for shape in found where !shape.isTitle {
            for block in try blocks(shape, part) { block.write(to: &builder) }
        }
        try writeNotes(part)
    }

    private mutating func writeNotes(_ part: String) throws(ExtractError) {
        guard let notes = try package.tree(package.part("notesSlide", of: part))?.at("p:cSld", "p:spTree") else { return }
        var isFirst = true
        for shape in notes.descendants("p:sp") {
            guard let placeholder = shape.at("p:nvSpPr", "p:nvPr", "p:ph"), placeholder["type"] == "body" else { continue }
            for paragraph in DrawingText.paragraphs(shape.first("p:txBody")) {
                builder.paragraph((isFirst ? "Notes: " : "") + paragraph.text)
                isFirst = false
            }
        }
    }

    private mutating func layout(_ part: String?) throws(ExtractError) -> SlideLayout {
        guard let part else { return SlideLayout() }
        if let known = layouts[part] { return known }
        let master = try package.tree(package.part("slideMaster", of: part))
        let layout = SlideLayout(try package.tree(part), master)
        layouts[part] = layout
        return layout
    }

    private func blocks(_ shape: SlideShape, _ part: String) throws(ExtractError) -> [ContentBlock] {
        guard shape.element.name == "p:graphicFrame" else { return SlideList.blocks(shape) }
        guard let data = shape.element.at("a:graphic", "a:graphicData") else { return [] }
        if let table = data.first("a:tbl") { return [.table(SlideTable.table(table))] }
        if let chart = data.first("c:chart") {
            return ChartReader.blocks(try package.tree(package.target(chart["r:id"], of: part)))
        }
        if let diagram = data.first("dgm:relIds") {
            return DiagramReader.blocks(try package.tree(package.target(diagram["r:dm"], of: part)))
        }
        return []
    }
}
