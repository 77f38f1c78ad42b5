import ByteText

/// The parts of a question, with which documents and sentences are compared.
///
/// A question inside a longer text is a small share of what the encoder reads, and may lie beyond its token limit. The sentences of the
/// text are therefore compared one by one: those that ask for something, or all of them if none does. Text without sentences, such as
/// dictation, is cut into overlapping windows.
package struct QuestionParts {
    /// The texts with which sentences are compared: the question and its parts, each once. A long text does not count as a whole if
    /// sentences of it ask for something.
    package let texts: [String]
    /// The text with which documents are searched: the question. Before a long one stand the sentences of it that ask for something,
    /// because the encoder reads only the start.
    package let query: String

    /// Maximum length of a question that is compared as a whole although sentences of it ask for something, in bytes.
    private static let maximumWholeBytes = 600
    /// Maximum number of parts; of more, the first and the last ones count.
    private static let maximumParts = 24
    /// Maximum length of a text that is cut whole, in bytes.
    private static let maximumBytes = 32 << 10
    /// Minimum length of a part, in bytes: a shorter one, such as `Why?`, matches by chance.
    private static let minimumBytes = 12
    /// Maximum length of a sentence that asks about the one before it, such as `When does it leave?`, in bytes.
    private static let maximumFollowUpBytes = 24

    package init(_ question: String, _ boundaries: SentenceRanker.Boundaries) {
        let sentences = Self.sentences(Self.ends(Array(question.utf8)), boundaries)
        let asking = Self.bounded(Self.asking(sentences))
        let isLong = question.utf8.count > Self.maximumWholeBytes
        query = isLong && !asking.isEmpty ? (asking + [question]).joined(separator: "\n") : question
        if sentences.count < 2 {
            texts = [question]
        } else if asking.isEmpty {
            texts = [question] + Self.bounded(Self.distinct(sentences))
        } else {
            texts = isLong ? asking : [question] + asking.filter { !$0.hasSameBytes(as: question) }
        }
    }

    /// Returns the text, or of a very long one its two ends on lines of their own.
    private static func ends(_ utf8: [UInt8]) -> [UInt8] {
        guard utf8.count > maximumBytes else { return utf8 }
        return utf8.prefix(maximumBytes / 2) + [0x0A] + utf8.suffix(maximumBytes / 2)
    }

    /// Returns the sentences of each line, without surrounding white space, and windows of those that are very long.
    private static func sentences(_ utf8: [UInt8], _ boundaries: SentenceRanker.Boundaries) -> [String] {
        let lines = utf8.split { $0 == 0x0A || $0 == 0x0D }
        let ranges = lines.flatMap { boundaries(utf8, $0.startIndex..<$0.endIndex) }.map { Sentence.trim(utf8, $0) }
        return ranges.flatMap { TextWindows.cut(utf8, $0) }.filter { !$0.isEmpty }.map { String(decoding: utf8[$0], as: UTF8.self) }
    }

    /// Returns the sentences that ask for something, a short one also behind the sentence before it.
    private static func asking(_ sentences: [String]) -> [String] {
        let texts = sentences.indices.filter { RequestWords.asks(sentences[$0]) }.flatMap { place in
            let isFollowUp = place > 0 && sentences[place].utf8.count <= maximumFollowUpBytes
            return [sentences[place]] + (isFollowUp ? ["\(sentences[place - 1]) \(sentences[place])"] : [])
        }
        return distinct(texts)
    }

    private static func distinct(_ texts: [String]) -> [String] {
        var seen: Set<ByteKey> = []
        return texts.filter { $0.utf8.count >= minimumBytes && seen.insert(ByteKey($0)).inserted }
    }

    private static func bounded(_ parts: [String]) -> [String] {
        guard parts.count > maximumParts else { return parts }
        return Array(parts.prefix(maximumParts / 2)) + Array(parts.suffix(maximumParts / 2))
    }
}

/// Overlapping windows of text without sentences.
private enum TextWindows {
    /// Maximum length of a text that is not cut, in bytes.
    private static let maximumBytes = 320
    private static let windowBytes = 160
    /// Distance of the windows' starts. Their overlap holds a short question whole.
    private static let distanceBytes = 80

    /// Returns the range itself, or its windows if it is long, cut at spaces.
    static func cut(_ utf8: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        guard range.count > maximumBytes else { return [range] }
        return stride(from: range.lowerBound, to: range.upperBound - distanceBytes, by: distanceBytes).map { start in
            let lower = start == range.lowerBound ? start : wordStart(utf8, near: start)
            let end = start + windowBytes
            return lower..<max(lower, end >= range.upperBound ? range.upperBound : wordStart(utf8, near: end))
        }
    }

    /// Returns the start of a word at most 40 bytes after `place`, or else the start of a scalar. The bound keeps the cut of text without
    /// spaces linear.
    private static func wordStart(_ utf8: [UInt8], near place: Int) -> Int {
        let end = min(place + 40, utf8.count)
        if let space = utf8[place..<end].firstIndex(of: 0x20) { return space + 1 }
        return utf8[place..<end].firstIndex { $0 & 0xC0 != 0x80 } ?? end
    }
}
