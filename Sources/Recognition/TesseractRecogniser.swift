internal import CTesseract
public import Extraction
import Synchronization

/// Recognition of text with Tesseract, which is loaded at run time where it is installed.
public final class TesseractRecogniser: TextRecogniser {
    /// Only used with `turn` held: an engine serves one image at a time.
    private nonisolated(unsafe) let engine: OpaquePointer
    private let turn = Mutex(())

    /// Maximum number of pixels of an image, about a page of A3 at 400 dots per inch.
    public static let maxPixels = 40_000_000
    /// Lines below this mean confidence of their words, in percent, are noise such as speckles and drawings.
    private static let leastConfidence: Float = 30
    /// Mean confidence of a page, in percent, above which no other position of it is tried.
    private static let goodConfidence: Float = 65
    /// Mean confidence of a page, in percent, below which it is a drawing, or text in a script that is not among the languages.
    private static let leastPageConfidence: Float = 45
    /// The resolution assumed for a file that does not say, in dots per inch.
    private static let usualResolution = 300

    /// - Parameter languages: names of installed language data, such as `["eng", "deu"]`; at least one.
    /// - Throws: `.readerMissing`, with the names of the packages, if Tesseract or one of the languages is not installed.
    public init(languages: [String]) throws(ExtractError) {
        guard ct_load() == CT_OK else { throw Self.notInstalled }
        let isPlain = languages.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(Self.isPartOfName) }
        guard !languages.isEmpty, isPlain else {
            throw ExtractError(.readerMissing, "a language of text recognition has a name such as eng or chi_sim")
        }
        var made: OpaquePointer?
        guard ct_engine_create(nil, languages.joined(separator: "+"), &made) == CT_OK, let made else {
            let packages = languages.map { "tesseract-ocr-" + $0.replacing("_", with: "-") }.joined(separator: " ")
            throw ExtractError(.readerMissing, "the language data of Tesseract are missing; on Debian install \(packages)")
        }
        engine = made
    }

    deinit { ct_engine_free(engine) }

    static let notInstalled = ExtractError(
        .readerMissing, "reading text in images needs Tesseract; on Debian install the package tesseract-ocr")

    /// Letters, digits and `_`, as in `chi_sim`.
    private static func isPartOfName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    public func lines(of image: GrayImage) throws(ExtractError) -> [RecognisedLine] {
        guard image.width > 0, image.height > 0 else { return [] }
        guard image.width < 1 << 15, image.height < 1 << 15, image.pixels.count <= Self.maxPixels else {
            throw ExtractError(.tooLarge, "an image has more than \(Self.maxPixels) pixels")
        }
        var best = try attempt(image)
        // Inclined lines and pages upside down are read as noise.
        let others = [PageTurn.level, .half]
        for turn in others where best.confidence < Self.goodConfidence {
            guard let turned = turn.applied(to: image) else { continue }
            let other = try attempt(turned)
            if other.confidence > best.confidence { best = other }
        }
        return best.confidence >= Self.leastPageConfidence ? best.lines : []
    }

    private func attempt(_ image: GrayImage) throws(ExtractError) -> Attempt {
        let resolution = image.dotsPerInch >= 70 ? image.dotsPerInch : Self.usualResolution
        let attempt = Attempt()
        let status = turn.withLock { _ in
            image.pixels.withUnsafeBufferPointer { pixels in
                ct_recognise(
                    engine, pixels.baseAddress, Int32(image.width), Int32(image.height), Int32(min(resolution, 2400)),
                    { context, text, paragraph, confidence in
                        guard let context, let text else { return }
                        Unmanaged<Attempt>.fromOpaque(context).takeUnretainedValue().add(text, paragraph, confidence)
                    }, Unmanaged.passUnretained(attempt).toOpaque())
            }
        }
        guard status == CT_OK else { throw ExtractError(.malformed, "text recognition failed on an image") }
        return attempt
    }

    /// The lines of one image, as the C library hands them over.
    private final class Attempt {
        private(set) var lines: [RecognisedLine] = []
        private var sum: Float = 0
        private var count = 0

        /// The mean confidence of all lines, in percent; 0 without lines.
        var confidence: Float { count == 0 ? 0 : sum / Float(count) }

        func add(_ text: UnsafePointer<CChar>, _ paragraph: Int32, _ confidence: Float) {
            let text = String(cString: text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard !text.isEmpty else { return }
            (sum, count) = (sum + confidence, count + 1)
            if confidence >= TesseractRecogniser.leastConfidence { lines.append(RecognisedLine(text: text, paragraph: Int(paragraph))) }
        }
    }
}
