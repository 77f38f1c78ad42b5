/// The readings of ruby annotations, which follow their words: `<ruby>東<rt>とう</rt>京<rt>きょう</rt></ruby>` becomes "東京 (とうきょう) ".
///
/// A browser shows readings above the words, so that they do not interrupt them.
struct RubyReadings {
    /// The readings of the open element.
    private var readings: [UInt8] = []
    /// The length of the markup before the open reading or parenthesis.
    private var start: Int?
    private var isReading = false

    /// Takes a start tag of an annotation. Its end tag is optional, so a start tag ends the one before it.
    ///
    /// - Returns: whether nothing else is to be done for the tag.
    mutating func takesStart(of name: String, _ markup: inout [UInt8]) -> Bool {
        guard ["ruby", "rb", "rt", "rtc", "rp"].contains(name) else { return false }
        endReading(&markup)
        if name == "ruby" { finish(&markup) }
        if name == "rt" || name == "rp" { (start, isReading) = (markup.count, name == "rt") }
        return true
    }

    /// Takes an end tag likewise.
    mutating func takesEnd(of name: String, _ markup: inout [UInt8]) -> Bool {
        guard ["ruby", "rb", "rt", "rtc", "rp"].contains(name) else { return false }
        endReading(&markup)
        if name == "ruby" { finish(&markup) }
        return true
    }

    /// Writes the readings, in parentheses.
    mutating func finish(_ markup: inout [UInt8]) {
        guard start != nil || !readings.isEmpty else { return }
        endReading(&markup)
        guard readings.contains(where: { !Ascii.isWhite($0) }) else { return readings = [] }
        markup.append(contentsOf: Array(" (".utf8) + readings + Array(") ".utf8))
        readings = []
    }

    /// Moves the text of the open reading out of the markup, and drops that of parentheses. A reading with elements stays.
    private mutating func endReading(_ markup: inout [UInt8]) {
        guard let start else { return }
        self.start = nil
        let text = markup[start...]
        guard !text.contains(Ascii.less) else { return }
        if isReading { readings.append(contentsOf: text) }
        markup.removeSubrange(start...)
    }
}
