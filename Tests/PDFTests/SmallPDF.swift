import Extraction
import PDF

/// Writes small PDF files for tests: pages with content streams in Helvetica, and the objects around them.
struct SmallPDF {
    struct Page {
        var content: String
        /// Further entries of the page's dictionary, such as `/Rotate 90`.
        var entries = ""

        init(_ content: String, _ entries: String = "") { (self.content, self.entries) = (content, entries) }
    }

    var pages: [Page]
    /// Further objects, numbered from `firstExtra` on.
    var extra: [String] = []
    /// Further entries of the catalog and of the trailer.
    var catalog = ""
    var trailer = ""

    init(_ pages: [Page]) { self.pages = pages }

    /// Pages with these content streams.
    init(_ contents: String...) { pages = contents.map { Page($0) } }

    static let firstExtra = 6

    /// Shows text with its baseline at (x, y).
    static func text(_ text: String, _ x: Double, _ y: Double, size: Double = 10, bold: Bool = false) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("(", with: "\\(").replacing(")", with: "\\)")
        return "BT /F\(bold ? 2 : 1) \(size) Tf 1 0 0 1 \(x) \(y) Tm (\(escaped)) Tj ET\n"
    }

    /// Lines below one another.
    static func lines(_ lines: [String], _ x: Double, _ y: Double, size: Double = 10, leading: Double = 12) -> String {
        lines.enumerated().map { text($1, x, y - Double($0) * leading, size: size) }.joined()
    }

    static func rule(_ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double) -> String { "\(x0) \(y0) m \(x1) \(y1) l S\n" }

    var bytes: [UInt8] {
        let first = Self.firstExtra + extra.count
        let kids = pages.indices.map { "\(first + $0 * 2) 0 R" }.joined(separator: " ")
        var objects = [
            "<< /Type /Catalog /Pages 2 0 R \(catalog) >>",
            "<< /Type /Pages /Kids [\(kids)] /Count \(pages.count) >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
            "<< /Title (A small file) >>",
        ]
        objects += extra
        for (number, page) in pages.enumerated() {
            let contents = first + number * 2 + 1
            objects.append(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents \(contents) 0 R "
                    + "/Resources << /Font << /F1 3 0 R /F2 4 0 R /F3 6 0 R >> /XObject << /I 6 0 R >> >> \(page.entries) >>")
            objects.append("<< /Length \(page.content.utf8.count) >>\nstream\n\(page.content)\nendstream")
        }
        var file = "%PDF-1.7\n"
        var offsets: [Int] = []
        for (number, object) in objects.enumerated() {
            offsets.append(file.utf8.count)
            file += "\(number + 1) 0 obj\n\(object)\nendobj\n"
        }
        let start = file.utf8.count
        file += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for offset in offsets { file += String(repeating: "0", count: 10 - String(offset).count) + "\(offset) 00000 n \n" }
        file += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R /Info 5 0 R \(trailer) >>\nstartxref\n\(start)\n%%EOF\n"
        return Array(file.utf8)
    }

    func read(_ recogniser: (any TextRecogniser)? = nil, limits: ExtractLimits = ExtractLimits()) throws(ExtractError) -> ExtractedDocument
    {
        try PDFReader.read(FileBytes(bytes), ReadingContext(limits: limits, recogniser: recogniser))
    }
}

extension ExtractedDocument {
    /// The texts of the blocks.
    var blockTexts: [String] { blocks.map { text(in: $0.range) } }

    /// The texts of the parts.
    var partTexts: [String] { parts.map { text(in: $0.range) } }

    var headings: [String] { blocks.compactMap { if case .heading = $0.kind { text(in: $0.range) } else { nil } } }

    var rows: [String] { blocks.compactMap { $0.kind == .tableRow ? text(in: $0.range) : nil } }

    func text(in range: Range<Int>) -> String { String(decoding: Array(text.utf8)[range], as: UTF8.self) }
}
