/// Titles and headings: one line, single spaces, bounded.
package enum OneLine {
    /// - Returns: at most `maxScalars` scalars of `utf8`, each run of white space one space, none at the ends.
    package static func text(_ utf8: [UInt8], maxScalars: Int) -> String {
        var scalars = String.UnicodeScalarView()
        var (count, needsSpace) = (0, false)
        // Four bytes a scalar, and as many again for white space that goes.
        for scalar in String(decoding: utf8.prefix(maxScalars &* 8), as: UTF8.self).unicodeScalars {
            guard count < maxScalars else { break }
            if scalar.properties.isWhitespace || scalar.value < 0x20 {
                needsSpace = count > 0
                continue
            }
            if needsSpace, count + 1 < maxScalars {
                scalars.append(" ")
                count += 1
            }
            needsSpace = false
            scalars.append(scalar)
            count += 1
        }
        var text = String(scalars)
        while text.last == "\u{FFFD}" { text.removeLast() }
        return text
    }
}
