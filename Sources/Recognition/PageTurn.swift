internal import CTesseract
import Extraction

/// A turn of an image that may make its text readable.
enum PageTurn {
    /// By as much as its lines are inclined, at most 15 degrees.
    case level
    /// By 180 degrees.
    case half

    /// Returns the turned image; `nil` if its lines are level already, or without memory.
    func applied(to image: GrayImage) -> GrayImage? {
        var turned = ct_image()
        defer { ct_image_free(&turned) }
        let (width, height) = (Int32(image.width), Int32(image.height))
        let status = image.pixels.withUnsafeBufferPointer { pixels in
            switch self {
            case .level: ct_image_level(pixels.baseAddress, width, height, &turned)
            case .half: ct_image_turn(pixels.baseAddress, width, height, 2, &turned)
            }
        }
        guard status == CT_OK else { return nil }
        let pixels = Array(UnsafeBufferPointer(start: turned.pixels, count: Int(turned.width) * Int(turned.height)))
        return GrayImage(width: Int(turned.width), height: Int(turned.height), dotsPerInch: image.dotsPerInch, pixels: pixels)
    }
}
