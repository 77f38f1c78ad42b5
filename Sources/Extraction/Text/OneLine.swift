/// Conversion of titles and headings to one line of bounded length with single spaces.
package enum OneLine {
    /// - Returns: at most `maxScalars` scalars of `utf8`, with each run of white space as one space, and none at the ends.
    package static func text(_ utf8: [UInt8], maxScalars: Int) -> String {
        var scalars = String.UnicodeScalarView()
        var (count, needsSpace) = (0, false)
        // Up to four bytes per scalar, and the same again for dropped white space.
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
