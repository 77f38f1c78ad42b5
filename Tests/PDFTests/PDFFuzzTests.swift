import Extraction
import Foundation
import PDF
import TestSupport
import Testing

/// Hostile PDF files: no traps, valid documents, time in proportion to the size.
@Suite struct PDFFuzzTests {
    private static let corpus: [[UInt8]] = {
        let words = "The committee met in the large hall and heard the report"
        let grid =
            SmallPDF.rule(72, 600, 372, 600) + SmallPDF.rule(72, 560, 372, 560) + SmallPDF.rule(172, 560, 172, 600)
            + SmallPDF.rule(72, 580, 372, 580)
        var form = SmallPDF([SmallPDF.Page(SmallPDF.text("Name:", 72, 700), "/Annots [6 0 R]")])
        form.extra = ["<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Ada) /Rect [110 695 300 712] >>"]
        form.catalog = "/AcroForm << /Fields [6 0 R] >>"
        let columns = (0..<8).map {
            SmallPDF.text(words, 50, 700 - Double($0) * 12, size: 8) + SmallPDF.text(words, 320, 700 - Double($0) * 12, size: 8)
        }
        return [
            SmallPDF(SmallPDF.lines([words, words, "end."], 72, 700), SmallPDF.text(words, 72, 500)).bytes,
            SmallPDF(grid + SmallPDF.text("cell", 80, 585) + SmallPDF.text("12", 180, 565)).bytes, SmallPDF(columns.joined()).bytes,
            form.bytes,
            SmallPDF([SmallPDF.Page("BT /F1 10 Tf 0 1 -1 0 300 100 Tm (turned) Tj ET", "/Rotate 90")]).bytes,
        ]
    }()

    private static let tokens = [
        " Tj", " Tm", " Td", " Tf", " Tr", " re", " l S", " cm", " Do", "BT ", "ET ", "q ", "Q ", "(", ")", "<<", ">>", "[", "]", " 0 R",
        "obj",
        "endobj", "stream", "endstream", "xref", "trailer", "/Rotate 90", "/Kids", "/Count", "-1", "1e38", "99999999999", "0.0000001",
        "nan",
        "/MediaBox [0 0 0 0]", "/MCID 0", "BDC", "/Length 1",
    ]

    @Test func everyFileIsADocumentOrAnError() throws {
        let fuzzing = Fuzzing("pdf")
        try fuzzing.run(corpus: Self.corpus, tokens: Self.tokens) { input, number in
            do throws(ExtractError) {
                let document = try PDFReader.read(FileBytes(input), ReadingContext(limits: ExtractLimits()))
                var end = 0
                for block in document.blocks {
                    #expect(block.range.lowerBound >= end && block.range.upperBound <= document.text.utf8.count, "\(fuzzing.note(number))")
                    end = block.range.upperBound
                }
                #expect(document.parts.allSatisfy { $0.range.upperBound <= document.text.utf8.count }, "\(fuzzing.note(number))")
            } catch {
                #expect([.malformed, .encrypted, .noTextLayer, .empty, .tooLarge].contains(error.code), "\(fuzzing.note(number))")
            }
        }
    }

    /// Content that a page repeats: words at random places, rules, columns.
    private static let pieces: [(@Sendable (Int) -> String)] = [
        { SmallPDF.text("word \($0)", Double($0 * 37 % 500), Double($0 * 91 % 800)) },
        {
            SmallPDF.rule(Double($0 * 37 % 500), 10, Double($0 * 37 % 500), 790)
                + SmallPDF.rule(10, Double($0 * 91 % 800), 590, Double($0 * 91 % 800))
        },
        { SmallPDF.text("a b c d e f", 72, Double($0) * 0.01) },
        { SmallPDF.text("x", Double($0) * 0.05, 700) },
    ]

    @Test(arguments: pieces.indices) func aPageCostsTimeInProportionToItsText(piece: Int) throws {
        let ratio = try Growth.ofEightfold(from: 200) { size in
            FileBytes(SmallPDF((0..<size).map(Self.pieces[piece]).joined() + SmallPDF.text("end", 72, 400)).bytes)
        } _: { file in
            _ = try PDFReader.read(file, ReadingContext(limits: ExtractLimits()))
        }
        #expect(ratio < 32)
    }

    @Test func filesOfTheSharedCorpusAreReadOrRefused() throws {
        guard let shared = TestPaths.shared else {
            print("skipped: no shared corpus")
            return
        }
        let folder = shared.appending(path: "data/corpus/files")
        let expected: [(String, ExtractError.Code?)] = [
            ("password.pdf", .encrypted), ("r6-empty-password.pdf", nil), ("Pages-tree-refs.pdf", nil),
            ("issue-1113-evil-xobjects.pdf", nil),
            ("image_only_german_pdf.pdf", .noTextLayer), ("jo.pdf", nil),
        ]
        for (name, code) in expected {
            guard let data = try? Data(contentsOf: folder.appending(path: name)) else { continue }
            do throws(ExtractError) {
                let document = try PDFReader.read(FileBytes(Array(data)), ReadingContext(limits: ExtractLimits()))
                #expect(code == nil, "\(name)")
                if name == "jo.pdf" { #expect(document.text.contains("あらゆる透明な幽霊の複合体")) }
            } catch {
                #expect(error.code == code, "\(name)")
            }
        }
    }
}
