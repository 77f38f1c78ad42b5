import Extraction
import Foundation
import TestSupport
import Testing

/// The sample files of the development collection, which are not part of the repository.
private let samples: URL? = TestPaths.shared.map { $0.appending(path: "data/documents") }
    .flatMap { FileManager.default.fileExists(atPath: $0.appending(path: "manifest.jsonl").path) ? $0 : nil }

@Suite(.enabled(if: samples != nil, "sample documents not found"))
struct ExtractManifestTests {
    private struct Row: Decodable {
        let file: String
        let expect: String
        let must_contain: [String]
    }

    private static let readable: Set<String> = ["txt", "md", "html", "csv", "rs"]

    @Test func everySampleIsReadOrRefused() throws {
        let folder = try #require(samples)
        let lines = try String(contentsOf: folder.appending(path: "manifest.jsonl"), encoding: .utf8).split(separator: "\n")
        let rows = try lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
        #expect(rows.count >= 30)
        for row in rows {
            let bytes = [UInt8](try Data(contentsOf: folder.appending(path: row.file)))
            guard Self.readable.contains(URL(filePath: row.file).pathExtension) else {
                let wanted: ExtractError.Code =
                    switch row.file {
                    case "encrypted-ole.docx": .encrypted
                    default: .unsupportedMediaType
                    }
                #expect(code(bytes, row.file) == wanted, "\(row.file)")
                continue
            }
            check(row, bytes)
        }
    }

    private func check(_ row: Row, _ bytes: [UInt8]) {
        switch row.expect {
        case "reject", "empty": #expect(code(bytes, row.file) != nil, "\(row.file)")
        case "either" where code(bytes, row.file) != nil: break
        default:
            guard let document = try? extract(bytes, row.file) else {
                Issue.record("\(row.file) has no text")
                return
            }
            expectSound(document, "\(row.file)")
            let text = folded(document.text)
            for wanted in row.must_contain { #expect(text.contains(folded(wanted)), "\(row.file): \(wanted)") }
        }
    }

    @Test func theArticleIsFoundInItsPage() throws {
        let page = try read("wikipedia-duck.html")
        #expect(page.title == "Duck - Wikipedia")
        // The page has 245 kB, the article 25 kB; menus, languages and the footer are removed.
        #expect((20_000...27_000).contains(page.text.utf8.count))
        for gone in ["Jump to content", "Deutsch", "Privacy policy", "Create account", "Toggle"] {
            #expect(!page.text.contains(gone), "\(gone)")
        }
        #expect(page.outline.filter { $0.hasPrefix("h2") }.prefix(3) == ["h2: Etymology", "h2: Taxonomy", "h2: Morphology"])
    }

    @Test func scriptsAndCommentsAreNotText() throws {
        let page = try read("instruction-injection.html")
        #expect(!page.text.contains("MUST-NOT-BE-INDEXED") && !page.text.contains("maintenance mode"))
        #expect(page.title == "Supplier onboarding guide")
    }

    private func read(_ file: String) throws -> ExtractedDocument {
        try extract([UInt8](try Data(contentsOf: try #require(samples).appending(path: file))), file)
    }

    private func extract(_ bytes: [UInt8], _ file: String) throws -> ExtractedDocument {
        let format = try DocumentFormat.detect(contentType: nil, fileName: file, bytes: bytes)
        return try Extractor.extract(bytes, format: format)
    }

    private func code(_ bytes: [UInt8], _ file: String) -> ExtractError.Code? {
        do { _ = try extract(bytes, file) } catch { return (error as? ExtractError)?.code }
        return nil
    }

    /// Collapses white space and folds compatibility forms.
    private func folded(_ text: String) -> String {
        text.precomposedStringWithCompatibilityMapping.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
