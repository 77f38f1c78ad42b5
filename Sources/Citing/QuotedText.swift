/// Normalisation of quoted text: no invisible characters, and one kind of line break.
enum QuotedText {
    /// Returns `text` without default-ignorable characters (joiners, variation selectors, tag characters, directional marks and the like)
    /// and without control characters other than tabs; every line break becomes a line feed.
    ///
    /// Only the quotation for the model is normalised. Stored, cited and compared text keeps all characters.
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
        // The interlinear annotation marks are invisible but not default-ignorable.
        if scalar.properties.isDefaultIgnorableCodePoint || (0xFFF9...0xFFFB).contains(scalar.value) { return true }
        return scalar.properties.generalCategory == .control
    }
}
