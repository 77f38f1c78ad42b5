public import Extraction
import PDF
import Recognition

/// The libraries that some readers need, which are installed apart and loaded at run time.
public struct ReaderLibraries: Sendable, Equatable {
    /// The absolute path of PDFium; `nil` for the place where `scripts/pdfium.sh` puts it, beside the program.
    public var pdfium: String?
    /// The languages of text recognition, as Tesseract names them; empty turns it off.
    public var languages: [String]

    public init(pdfium: String? = nil, languages: [String] = ["eng"]) { (self.pdfium, self.languages) = (pdfium, languages) }

    /// Loads what is installed. What is missing is reported by the document that needs it.
    ///
    /// - Returns: the recogniser for `ReadingContext`; `nil` if Tesseract or one of the languages is not installed.
    public func load() -> (any TextRecogniser)? {
        try? PDFLibrary.load(path: pdfium)
        return languages.isEmpty ? nil : try? TesseractRecogniser(languages: languages)
    }
}
