internal import CPDFium
import Extraction

/// Reads one page of an open document.
struct PageReader {
    let context: ReadingContext

    func read(_ page: cp_page, form: cp_form?) throws(ExtractError) -> PageContent {
        var content = PageContent()
        guard let text = cp_text_open(page) else { return content }
        defer { cp_text_close(text) }
        var visible = cp_rect()
        let isBounded = cp_page_box(page, &visible) && visible.right > visible.left && visible.top > visible.bottom
        var glyphs = try PageGlyphs(text, visible: isBounded ? visible : nil, keepsHidden: false)
        let shapes = PageShapes(page, visible: visible)
        if glyphs.hiddenCount > glyphs.glyphs.count, glyphs.glyphs.isEmpty || shapes.isScan {
            // Invisible text over the image of a page is what a scanner recognised.
            glyphs = try PageGlyphs(text, visible: isBounded ? visible : nil, keepsHidden: true)
        }
        let annotations = PageAnnotations(page, form: form)
        content.notes = annotations.notes
        content.hasText = !glyphs.glyphs.isEmpty || !annotations.fields.isEmpty
        content.tags = StructureTree.tags(page)
        let layout = PageLayout(glyphs, shapes: shapes, fields: annotations.fields)
        content.regions = layout.regions
        let edges = layout.frame.box(left: visible.left, bottom: visible.bottom, right: visible.right, top: visible.top)
        (content.bottom, content.top) = (edges.v0, edges.v1)
        if glyphs.glyphs.isEmpty, shapes.hasImage { content.recognised = try recognise(page) }
        return content
    }

    /// The paragraphs that are found in the image of a page.
    private func recognise(_ page: cp_page) throws(ExtractError) -> [String] {
        guard let recogniser = context.recogniser, let image = PageBitmap.gray(page) else { return [] }
        let joiner = LineJoiner()
        var paragraphs: [String] = []
        var last: Int?
        for line in try recogniser.lines(of: image) {
            if let paragraph = last, paragraph == line.paragraph, var text = paragraphs.popLast() {
                joiner.append(line.text, to: &text)
                paragraphs.append(text)
            } else {
                paragraphs.append(line.text)
            }
            last = line.paragraph
        }
        return paragraphs
    }
}
