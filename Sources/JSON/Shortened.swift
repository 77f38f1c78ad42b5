extension StringProtocol {
    /// Returns the text for a message: unchanged up to `bytes` bytes of UTF-8, otherwise cut before a scalar, with `…` appended.
    ///
    /// A limit in characters would not bound the size: one character may have a megabyte of combining marks.
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
