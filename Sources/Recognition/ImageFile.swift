internal import CTesseract
public import Extraction

/// The images of a file in PNG, JPEG, TIFF, GIF, BMP or WebP; several only in TIFF.
public enum ImageFile {
    /// Decodes an image to gray.
    ///
    /// - Parameter page: the number of the image in the file, from 0.
    /// - Returns: `nil` if the file has no such image.
    /// - Throws: `.readerMissing` if Leptonica, which comes with Tesseract, is not installed; `.tooLarge`; `.malformed`.
    public static func decode(_ file: FileBytes, page: Int = 0) throws(ExtractError) -> GrayImage? {
        var image = ct_image()
        defer { ct_image_free(&image) }
        let status = file.withUnsafeBytes { bytes in
            ct_image_decode(
                bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count, Int32(clamping: page),
                Int64(TesseractRecogniser.maxPixels), &image)
        }
        switch status {
        case CT_OK: break
        case CT_MISSING: throw TesseractRecogniser.notInstalled
        case CT_TOO_LARGE: throw ExtractError(.tooLarge, "the image has more than \(TesseractRecogniser.maxPixels) pixels")
        case CT_NO_MEMORY: throw ExtractError(.tooLarge, "the image does not fit into memory")
        default:
            guard page == 0 else { return nil }
            throw ExtractError(.malformed, "the image is damaged or of an unknown kind")
        }
        let (width, height) = (Int(image.width), Int(image.height))
        let pixels = Array(UnsafeBufferPointer(start: image.pixels, count: width * height))
        return GrayImage(width: width, height: height, dotsPerInch: Int(image.resolution), pixels: pixels)
    }
}
