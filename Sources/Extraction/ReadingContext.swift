/// The settings and services that a reader of files needs besides the bytes.
public struct ReadingContext: Sendable {
    public var limits: ExtractLimits

    /// The charset of the `Content-Type`, if it declared one.
    public var declaredCharset: String?

    public var fileName: String?

    /// The nesting depth of the file: 0 for an uploaded file, 1 for an attachment of it. At most `limits.maxNesting`.
    public var depth = 0

    /// Recognises text in images and in pages without a text layer; `nil` if that is not installed or is turned off.
    public var recogniser: (any TextRecogniser)?

    public init(limits: ExtractLimits, declaredCharset: String? = nil, fileName: String? = nil, recogniser: (any TextRecogniser)? = nil) {
        (self.limits, self.declaredCharset, self.fileName, self.recogniser) = (limits, declaredCharset, fileName, recogniser)
    }
}

/// Recognition of text in bitmaps (OCR).
public protocol TextRecogniser: Sendable {
    /// Returns the lines in reading order; empty if the image has no text.
    ///
    /// - Throws: `.tooLarge` if the image has too many pixels.
    func lines(of image: GrayImage) throws(ExtractError) -> [RecognisedLine]
}

/// A bitmap with one byte for each pixel, row by row from the top; 0 is black.
public struct GrayImage: Sendable {
    public let width: Int
    public let height: Int
    /// The resolution, in dots per inch.
    public let dotsPerInch: Int
    /// `width * height` bytes.
    public let pixels: [UInt8]

    /// - Precondition: `pixels.count == width * height`.
    public init(width: Int, height: Int, dotsPerInch: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height, "image: \(pixels.count) bytes for \(width) by \(height) pixels")
        (self.width, self.height, self.dotsPerInch, self.pixels) = (width, height, dotsPerInch, pixels)
    }
}

/// A line of text found in a bitmap.
public struct RecognisedLine: Sendable, Hashable {
    public let text: String
    /// The number of the paragraph that the line belongs to, in reading order.
    public let paragraph: Int

    public init(text: String, paragraph: Int) { (self.text, self.paragraph) = (text, paragraph) }
}
