extension StringProtocol {
    /// Returns the text with a combining grapheme joiner (U+034F) after each 30 consecutive combining marks.
    ///
    /// Normalisation sorts each run of marks in time quadratic in the run's length. No language has runs this long; such text is an attack
    /// that keeps a server busy. Normalise only the result of this function.
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

/// Maximum number of consecutive marks in stream-safe text.
private let maximumMarkRun = 30

extension Unicode.Scalar {
    /// Whether normalisation may move the scalar, or the first one of its decomposition, among its neighbours.
    fileprivate var mayReorder: Bool {
        switch value {
        case ..<0x300: false
        // These have combining class 0 but decompose into marks.
        case 0xF73, 0xF75, 0xF81, 0xFF9E, 0xFF9F: true
        default: properties.canonicalCombiningClass != .notReordered
        }
    }
}
