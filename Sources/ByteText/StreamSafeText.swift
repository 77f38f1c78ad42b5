extension StringProtocol {
    /// The text with a combining grapheme joiner (U+034F) after each 30 combining marks in a row.
    ///
    /// Normalising a text sorts each run of marks, which takes time that grows with the square of the run's length. No language has
    /// runs this long; a text that does is made to keep a server busy. Normalise only what this returns.
    ///
    /// - Complexity: linear.
    /// - Source: Unicode Standard Annex 15, section 13 (Stream-Safe Text Process).
    public func streamSafe() -> String {
        guard hasLongMarkRun else { return String(self) }
        var safe = String.UnicodeScalarView()
        var marks = 0
        for scalar in unicodeScalars {
            marks = scalar.mayReorder ? marks + 1 : 0
            if marks > maximumMarkRun {
                safe.append("\u{34F}")
                marks = 1
            }
            safe.append(scalar)
        }
        return String(safe)
    }

    private var hasLongMarkRun: Bool {
        var marks = 0
        for scalar in unicodeScalars {
            marks = scalar.mayReorder ? marks + 1 : 0
            if marks > maximumMarkRun { return true }
        }
        return false
    }
}

/// Marks that may follow each other: the most that stream-safe text has.
private let maximumMarkRun = 30

extension Unicode.Scalar {
    /// Whether normalisation may move the scalar, or the first one of its decomposition, among its neighbours.
    fileprivate var mayReorder: Bool {
        switch value {
        case ..<0x300: false
        // Their own class is 0, and they decompose into marks.
        case 0xF73, 0xF75, 0xF81, 0xFF9E, 0xFF9F: true
        default: properties.canonicalCombiningClass != .notReordered
        }
    }
}
