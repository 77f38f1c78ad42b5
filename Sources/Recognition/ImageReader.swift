public import Extraction

/// The reading of images of text: scans, faxes, photographs of pages, screenshots.
public enum ImageReader {
    /// - Returns: the recognised text; a TIFF's images are its pages.
    /// - Throws: `.noTextLayer` if there is no recogniser or no text; `.tooLarge`; `.malformed`.
    public static func read(_ file: FileBytes, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument {
        guard let recogniser = context.recogniser else {
            throw ExtractError(.noTextLayer, "text in images is read only where Tesseract is installed (on Debian: tesseract-ocr)")
        }
        var builder = DocumentBuilder(limits: context.limits)
        var page = 0
        while page < context.limits.maxParts, !builder.isFull, let image = try ImageFile.decode(file, page: page) {
            builder.beginPart(.page)
            for paragraph in paragraphs(try recogniser.lines(of: image)) { builder.paragraph(paragraph) }
            page += 1
        }
        do throws(ExtractError) {
            return try builder.document(title: nil, mediaType: mediaType(of: file))
        } catch {
            guard error.code == .empty else { throw error }
            throw ExtractError(.noTextLayer, "the image has no text that can be recognised")
        }
    }

    /// Joins the lines of each paragraph, without the hyphens of words that continue on the next line.
    package static func paragraphs(_ lines: [RecognisedLine]) -> [String] {
        var paragraphs: [String] = []
        var last: Int?
        for line in lines {
            defer { last = line.paragraph }
            guard last == line.paragraph, var text = paragraphs.popLast() else {
                paragraphs.append(line.text)
                continue
            }
            let continues = text.hasSuffix("-") && line.text.first?.isLowercase == true && text.dropLast().last?.isLetter == true
            if continues { text.removeLast() } else { text += " " }
            paragraphs.append(text + line.text)
        }
        return paragraphs
    }

    private static func mediaType(of file: FileBytes) -> MediaType {
        let start = file.bytes(0..<12)
        let kinds: [([UInt8], String)] = [
            ([0x89, 0x50, 0x4E, 0x47], "image/png"), ([0xFF, 0xD8], "image/jpeg"), (Array("GIF8".utf8), "image/gif"),
            (Array("BM".utf8), "image/bmp"), (Array("RIFF".utf8), "image/webp"), (Array("II".utf8), "image/tiff"),
            (Array("MM".utf8), "image/tiff"),
        ]
        return MediaType(essence: kinds.first { start.starts(with: $0.0) }?.1 ?? "application/octet-stream")
    }
}
