import Citing
import Extraction
import Testing

@Suite(.timeLimit(.minutes(10))) struct ChunkSentenceTests {
    /// `|` marks the required ends of sentences.
    @Test(arguments: [
        "One. |Two! |Three? |Four", "Dr. Smith met Mr. J. Jones. |They spoke.", "It is 3.14 m. |Then 2.5 more.",
        "See e.g. Fig. 3 or i.e. this. |Next.", "He said “Stop.” |She did.", "(It rained.) |We left.", "Wait... what? |Yes.",
        "これは文です。|次の文です！|終わり？|はい", "这是第一句。|这是第二句。", "यह पहला है। |यह दूसरा है।", "Really?! |Yes.", "End…  |New one.",
        "In 1984. |He left.", "version 1.2.3 is out. |Get it.", "the U.S. Army came. |It left.",
    ])
    func endWhereTheyShould(_ marked: String) throws {
        let want = marked.split(separator: "|").map { $0.trimmingWhite() }
        let text = want.joined(separator: marked.contains(" |") ? " " : "")
        let document = try Extractor.extract(Array(text.utf8), format: .plainText)
        let got = Chunker(maxTokens: 1, counter: OneOf(sentences: Set(want))).chunks(of: document).map(\.text)
        #expect(got == want)
    }

    /// Whole sentences count as one token, everything else as two, so a wrong split shows as split words.
    private struct OneOf: TokenCounting {
        let sentences: Set<String>
        func tokenCount(_ text: Substring) -> Int { sentences.contains(text.trimmingWhite()) ? 1 : 2 }
    }
}

extension Substring {
    fileprivate func trimmingWhite() -> String {
        var text = drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return String(text)
    }
}
