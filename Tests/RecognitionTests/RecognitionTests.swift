import Extraction
import Foundation
import Recognition
import Testing

/// A picture of block letters, drawn with strokes.
private struct BlockLetters {
    /// Strokes as rectangles in a box of 100 by 140: x, y, width, height.
    private static let strokes: [Character: [(Int, Int, Int, Int)]] = [
        "L": [(0, 0, 18, 140), (0, 122, 74, 18)],
        "I": [(0, 0, 18, 140)],
        "T": [(0, 0, 92, 18), (37, 0, 18, 140)],
        "E": [(0, 0, 18, 140), (0, 0, 78, 18), (0, 61, 70, 18), (0, 122, 78, 18)],
        "H": [(0, 0, 18, 140), (76, 0, 18, 140), (0, 61, 94, 18)],
        "F": [(0, 0, 18, 140), (0, 0, 76, 18), (0, 63, 66, 18)],
    ]
    private static let advance: [Character: Int] = ["L": 88, "I": 36, "T": 104, "E": 96, "H": 118, "F": 92, " ": 56]

    static func image(_ lines: [String]) -> GrayImage {
        let (width, height) = (1400, 120 + lines.count * 240)
        var pixels = [UInt8](repeating: 255, count: width * height)
        for (number, line) in lines.enumerated() {
            var x = 100
            for letter in line {
                for stroke in strokes[letter] ?? [] {
                    for y in 0..<stroke.3 {
                        let start = (100 + number * 240 + stroke.1 + y) * width + x + stroke.0
                        for place in start..<start + stroke.2 { pixels[place] = 0 }
                    }
                }
                x += advance[letter] ?? 0
            }
        }
        return GrayImage(width: width, height: height, dotsPerInch: 300, pixels: pixels)
    }

    /// A bitmap file with 8 bits per pixel and a palette of grays.
    static func bmp(_ image: GrayImage) -> [UInt8] {
        func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let stride = (image.width + 3) / 4 * 4
        let start = 14 + 40 + 1024
        var bytes = Array("BM".utf8) + four(start + stride * image.height) + four(0) + four(start)
        bytes += four(40) + four(image.width) + four(image.height) + [1, 0, 8, 0] + four(0) + four(stride * image.height)
        bytes += four(11811) + four(11811) + four(256) + four(0)
        for gray in 0..<256 { bytes += [UInt8(gray), UInt8(gray), UInt8(gray), 0] }
        for row in (0..<image.height).reversed() {
            bytes += image.pixels[row * image.width..<(row + 1) * image.width] + [UInt8](repeating: 0, count: stride - image.width)
        }
        return bytes
    }
}

private let recogniser: TesseractRecogniser? = try? TesseractRecogniser(languages: ["eng"])

@Suite struct RecognitionTests {
    private let context = ReadingContext(limits: ExtractLimits(), recogniser: recogniser)

    @Test(.enabled(if: recogniser != nil, "Tesseract is not installed")) func aPictureOfLettersIsRead() throws {
        let file = FileBytes(BlockLetters.bmp(BlockLetters.image(["LITTLE HILL", "THE LIFT"])))
        let document = try ImageReader.read(file, context)
        #expect(document.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") == "LITTLE HILL THE LIFT")
        #expect(document.mediaType.essence == "image/bmp")
        #expect(document.parts.map(\.number) == [1])
    }

    @Test(.enabled(if: recogniser != nil, "Tesseract is not installed")) func pagesThatLieInclinedOrUpsideDownAreRead() throws {
        let image = BlockLetters.image(["LITTLE HILL", "THE LIFT", "FELT TILE", "THE FELT HILL"])
        let half = GrayImage(width: image.width, height: image.height, dotsPerInch: 300, pixels: image.pixels.reversed())
        var inclined = image.pixels
        for y in 0..<image.height {
            for x in 0..<image.width {
                // A shear of eight degrees, which is near a turn.
                let from = y + Int((Double(x - image.width / 2) * 0.14).rounded())
                inclined[y * image.width + x] = (0..<image.height).contains(from) ? image.pixels[from * image.width + x] : 255
            }
        }
        for pixels in [half.pixels, inclined] {
            let page = GrayImage(width: image.width, height: image.height, dotsPerInch: 300, pixels: pixels)
            let text = try #require(recogniser).lines(of: page).map(\.text).joined(separator: " ")
            #expect(text.contains("LITTLE HILL") && text.contains("THE FELT HILL"), "\(text)")
        }
    }

    @Test(.enabled(if: recogniser != nil, "Tesseract is not installed")) func pixelsAreDecodedAsTheyAre() throws {
        let image = BlockLetters.image(["HILL"])
        let decoded = try #require(try ImageFile.decode(FileBytes(BlockLetters.bmp(image))))
        #expect(decoded.width == image.width && decoded.height == image.height)
        #expect(decoded.pixels == image.pixels)
        #expect(try ImageFile.decode(FileBytes(BlockLetters.bmp(image)), page: 1) == nil)
    }

    @Test(.enabled(if: recogniser != nil, "Tesseract is not installed")) func emptyAndDamagedImagesAreErrors() {
        let blank = GrayImage(width: 400, height: 300, dotsPerInch: 300, pixels: Array(repeating: 255, count: 120_000))
        #expect(code { try ImageReader.read(FileBytes(BlockLetters.bmp(blank)), context) } == .noTextLayer)
        #expect(code { try ImageReader.read(FileBytes([]), context) } == .malformed)
        var huge = BlockLetters.bmp(BlockLetters.image(["HILL"]))
        for place in 18..<26 { huge[place] = 0x3F }
        let refused = code { try ImageReader.read(FileBytes(huge), context) }
        #expect(refused == .tooLarge || refused == .malformed)
    }

    @Test(.enabled(if: recogniser != nil, "Tesseract is not installed"), arguments: 0..<4 as Range<UInt64>)
    func damagedFilesNeverTrap(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(bound, 1)
        }
        let whole = BlockLetters.bmp(
            GrayImage(width: 40, height: 30, dotsPerInch: 300, pixels: (0..<1200).map { UInt8(truncatingIfNeeded: $0) }))
        for _ in 0..<300 {
            var bytes = whole
            for _ in 0...next(4) { bytes[next(next(2) == 0 ? 54 : bytes.count)] = UInt8(truncatingIfNeeded: next(256)) }
            if next(3) == 0 { bytes.removeLast(next(bytes.count)) }
            let image = try? ImageFile.decode(FileBytes(bytes))
            #expect((image?.pixels.count ?? 0) <= TesseractRecogniser.maxPixels)
        }
    }

    @Test func withoutARecogniserAnImageHasNoText() {
        let file = FileBytes(BlockLetters.bmp(BlockLetters.image(["HILL"])))
        #expect(code { try ImageReader.read(file, ReadingContext(limits: ExtractLimits())) } == .noTextLayer)
    }

    @Test func anUnknownLanguageNamesItsPackage() {
        let error = #expect(throws: ExtractError.self) { try TesseractRecogniser(languages: ["xx_yy"]) }
        #expect(error?.code == .readerMissing)
        #expect(error?.detail.contains("tesseract-ocr") == true)
        #expect(code { try TesseractRecogniser(languages: ["../eng"]) } == .readerMissing)
    }

    @Test func linesOfAParagraphAreJoined() {
        let lines = [
            RecognisedLine(text: "A long exam-", paragraph: 0), RecognisedLine(text: "ple of 5-", paragraph: 0),
            RecognisedLine(text: "Fold growth", paragraph: 0), RecognisedLine(text: "Next", paragraph: 1),
        ]
        #expect(ImageReader.paragraphs(lines) == ["A long example of 5- Fold growth", "Next"])
    }

    private func code(_ body: () throws -> Any?) -> ExtractError.Code? {
        do {
            _ = try body()
            return nil
        } catch { return (error as? ExtractError)?.code }
    }
}
