internal import CPDFium
import Extraction

/// A page as a bitmap.
enum PageBitmap {
    /// The most pixels of a page that is recognised: A4 at 200 dots per inch has 3.9 million.
    private static let mostPixels: Float = 12_000_000

    /// Returns the page at up to 200 dots per inch, which recognition reads as well as 300 and sooner, or `nil` if it has no size.
    static func gray(_ page: cp_page) -> GrayImage? {
        var (width, height): (Float, Float) = (0, 0)
        cp_page_size(page, &width, &height)
        guard width.isFinite, height.isFinite, width >= 1, height >= 1, width < 20_000, height < 20_000 else { return nil }
        let scale = min(200 / 72, (mostPixels / (width * height)).squareRoot())
        let (columns, rows) = (max(1, Int(width * scale)), max(1, Int(height * scale)))
        var pixels = [UInt8](repeating: 255, count: columns * rows)
        // SAFETY: the buffer has `columns * rows` bytes, and the call keeps no pointer.
        guard pixels.withUnsafeMutableBufferPointer({ cp_render(page, Int32(columns), Int32(rows), 1, $0.baseAddress) }) else { return nil }
        return GrayImage(width: columns, height: rows, dotsPerInch: Int((scale * 72).rounded()), pixels: pixels)
    }
}
