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
        content.isScan = shapes.isScan
        if glyphs.hiddenCount > 0, glyphs.glyphs.isEmpty || shapes.isScan, glyphs.hiddenCount > glyphs.glyphs.count {
            // Invisible text over the image of a page is what a scanner recognised.
            glyphs = try PageGlyphs(text, visible: isBounded ? visible : nil, keepsHidden: true)
        }
        content.hasText = !glyphs.glyphs.isEmpty
        let layout = PageLayout(glyphs, shapes: shapes)
        content.regions = layout.regions
        let edges = layout.frame.box(left: visible.left, bottom: visible.bottom, right: visible.right, top: visible.top)
        (content.bottom, content.top) = (edges.v0, edges.v1)
        return content
    }
}
