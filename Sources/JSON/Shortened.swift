extension StringProtocol {
    /// The text for a message: whole where it has at most `bytes` bytes of UTF-8, else its beginning, cut before a scalar, and `…`.
    ///
    /// Characters are no bound: one of them may have a megabyte of combining marks.
    public func shortened(toBytes bytes: Int) -> String {
        var end = utf8.startIndex
        var length = 0
        for scalar in unicodeScalars {
            length += UTF8.width(scalar)
            if length > bytes { return String(self[..<end]) + "…" }
            end = unicodeScalars.index(after: end)
        }
        return String(self)
    }
}
