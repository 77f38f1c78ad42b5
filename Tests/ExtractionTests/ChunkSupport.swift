import Citing
import Extraction
import Synchronization
import Testing

/// Counts approximately like WordPiece: a token for each punctuation mark or ideograph, one for every six letters of a word, and one for a
/// word of more than 100 letters.
struct PieceCounter: TokenCounting {
    func tokenCount(_ text: Substring) -> Int {
        var (tokens, letters) = (0, 0)
        func endWord() {
            tokens += letters > 100 ? 1 : (letters + 5) / 6
            letters = 0
        }
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace {
                endWord()
            } else if scalar.properties.isAlphabetic, !scalar.properties.isIdeographic {
                letters += 1
            } else {
                endWord()
                tokens += 1
            }
        }
        endWord()
        return tokens
    }
}

/// A word composed of two pieces has many more tokens than its pieces, which is the worst case for splitting words.
struct JumpyCounter: TokenCounting {
    func tokenCount(_ text: Substring) -> Int {
        text.split(whereSeparator: \.isWhitespace).map { $0.utf8.count <= 48 ? 1 : $0.utf8.count / 2 }.reduce(0, +)
    }
}

/// Counts pieces, and the bytes passed to it.
final class MeteredCounter: TokenCounting {
    private let total = Mutex(0)
    var bytes: Int { total.withLock { $0 } }

    func tokenCount(_ text: Substring) -> Int {
        total.withLock { $0 += text.utf8.count }
        return PieceCounter().tokenCount(text)
    }
}

/// Invariants of the chunks of every document.
func expectExact(
    _ chunks: [Chunk], of document: ExtractedDocument, budget: Int, counter: any TokenCounting = PieceCounter(), _ note: Comment = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let utf8 = Array(document.text.utf8)
    var end = 0
    var gaps: [UInt8] = []
    for chunk in chunks {
        let isSound =
            chunk.span.lowerBound >= end && chunk.span.upperBound <= utf8.count && !chunk.span.isEmpty
            && Array(chunk.text.utf8) == Array(utf8[chunk.span]) && chunk.span.count <= 4096
            && chunk.tokenCount == counter.tokenCount(chunk.text[...])
            && (chunk.tokenCount <= budget || chunk.text.unicodeScalars.count == 1) && chunk.headings.count <= 8
        guard isSound else {
            Issue.record("\(note): after \(end): \(chunk)", sourceLocation: sourceLocation)
            return
        }
        gaps += utf8[end..<chunk.span.lowerBound]
        end = chunk.span.upperBound
    }
    gaps += utf8[end...]
    let rest = String(decoding: gaps, as: UTF8.self)
    #expect(rest.unicodeScalars.allSatisfy { $0.properties.isWhitespace }, note, sourceLocation: sourceLocation)
}

func markdown(_ source: String) throws -> ExtractedDocument {
    try Extractor.extract(Array(source.utf8), format: .markdown)
}

func words(_ count: Int) -> String { Array(repeating: "word", count: count).joined(separator: " ") }
