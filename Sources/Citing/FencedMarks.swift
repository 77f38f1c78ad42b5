/// The places in quoted text that need escaping: fence tags, chat template marks, and role names at the start of a line.
struct FencedMarks {
    /// Indices of the characters to escape, ascending.
    let places: [Int]

    /// - Parameters:
    ///   - readings: readings of a text without invisible characters.
    ///   - tags: names of tags that the text may neither open nor close.
    init(_ readings: [Lookalikes.Reading], tags: [String]) {
        let tags = tags.map(Lookalikes.word)
        var found: [Int] = []
        var ahead = LettersAhead()
        // Scans backwards, so that all letters after a bracket are known, at any distance.
        for (index, reading) in zip(readings.indices, readings).reversed() {
            let following = readings[(index + 1)...]
            switch reading {
            case UInt8(ascii: "<"):
                if ahead.spells(oneOf: tags) || ControlMarks.opensAngled(following) { found.append(index) }
            case UInt8(ascii: "["):
                if ahead.spells(oneOf: tags) && ControlMarks.beginsWithSlash(following) || ControlMarks.opensSquare(following) {
                    found.append(index)
                }
            case UInt8(ascii: "{"), UInt8(ascii: "("):
                if ahead.spells(oneOf: tags) && ControlMarks.beginsWithSlash(following) { found.append(index) }
            default: ahead.prepend(reading)
            }
        }
        found.reverse()
        let colons = RoleLines.colons(readings)
        places = colons.isEmpty ? found : (found + colons).sorted()
    }
}

/// The letters that follow a position in a text, whatever is between them.
private struct LettersAhead {
    /// Letters and digits, the nearest one last.
    private var reversed: [UInt8] = []

    /// Maximum number of extra digits before or between the letters of a tag.
    private static let digits = 4

    mutating func prepend(_ reading: Lookalikes.Reading) {
        if reading >= 0x80 {
            reversed.append(contentsOf: Lookalikes.letters(of: reading).reversed())
        } else if reading == Lookalikes.otherLetter || Lookalikes.isLetter(reading) || Lookalikes.isDigit(reading) {
            reversed.append(reading)
        }
    }

    /// Returns whether the letters begin with one of the words. A digit matches the letter that it looks like, or is skipped.
    func spells(oneOf words: [[UInt8]]) -> Bool { words.contains { spell($0) } }

    private func spell(_ word: [UInt8]) -> Bool {
        var place = reversed.count
        var digits = 0
        for letter in word {
            while true {
                place -= 1
                guard place >= 0 else { return false }
                let next = reversed[place]
                if next == letter || (next == UInt8(ascii: "0") && letter == UInt8(ascii: "o"))
                    || (next == UInt8(ascii: "1") && letter == UInt8(ascii: "i"))
                {
                    break
                }
                guard Lookalikes.isDigit(next), digits < Self.digits else { return false }
                digits += 1
            }
        }
        return true
    }
}
