/// Text as it is quoted: without characters that nobody sees, and with one kind of line break.
enum QuotedText {
    /// `text` without default-ignorable characters (joiners, variation selectors, tag characters, directional marks and the like) and
    /// without control characters but for tabs; every line break is a line feed.
    ///
    /// A quotation is read by a model. What is stored, cited and compared keeps all characters.
    static func visible(_ text: String) -> [Unicode.Scalar] {
        var output: [Unicode.Scalar] = []
        output.reserveCapacity(text.utf8.count)
        var last: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if isLineBreak(scalar) {
                if scalar != "\n" || last != "\r" { output.append("\n") }
            } else if !isInvisible(scalar) {
                output.append(scalar)
            }
            last = scalar
        }
        return output
    }

    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (scalar.value < 0x20 && scalar != "\t") || scalar.value == 0x7F }
        // The interlinear annotation marks are invisible and no default-ignorables.
        if scalar.properties.isDefaultIgnorableCodePoint || (0xFFF9...0xFFFB).contains(scalar.value) { return true }
        return scalar.properties.generalCategory == .control
    }
}
