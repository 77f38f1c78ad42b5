/// The order of Hebrew and Arabic text: PDF has characters where they are seen, a document has them as they are read.
enum Bidi {
    static func isRightToLeft(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
        default: false
        }
    }

    /// Whether two characters of one glyph are lam and alef in the wrong order: the library reverses the ligature's letters with the line.
    static func isReversedLigature(_ first: Glyph, _ second: Glyph) -> Bool {
        second.scalar == 0x0644 && [0x0622, 0x0623, 0x0625, 0x0627].contains(first.scalar) && first.u0 == second.u0 && first.u1 == second.u1
    }

    /// Orders the words of a line as they are read. `words` come from left to right.
    static func readingOrder(_ words: [Word]) -> [Word] {
        let rightToLeft = words.count(where: \.isRightToLeft)
        guard rightToLeft > 0 else { return words }
        let isLineRightToLeft = rightToLeft * 2 >= words.count
        var result: [Word] = []
        result.reserveCapacity(words.count)
        // Runs in the other direction keep their own order.
        var run: [Word] = []
        for word in isLineRightToLeft ? words.reversed() : words {
            if word.isRightToLeft == isLineRightToLeft {
                result += run.reversed()
                run.removeAll()
                result.append(word)
            } else {
                run.append(word)
            }
        }
        return result + run.reversed()
    }
}
