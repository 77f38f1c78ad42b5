/// The encoding that an HTML file declares inside itself.
///
/// - Source: WHATWG HTML, section 13.2.3.2 (prescan), simplified: the first `charset` inside a `<meta` or `<?xml` tag.
package enum HTMLMetaCharset {
    package static func find(_ bytes: [UInt8]) -> String? {
        let head = bytes.prefix(4096).map(Ascii.lowercased)
        var i = 0
        while let less = head[i...].firstIndex(of: Ascii.less) {
            i = less + 1
            let rest = head[less...]
            if rest.starts(with: "<!--".utf8) {
                i = end(ofCommentAt: less, head)
                continue
            }
            guard rest.starts(with: "<meta".utf8) || rest.starts(with: "<?xml".utf8) else { continue }
            let tag = Array(rest.prefix { $0 != Ascii.greater })
            let key = rest.starts(with: "<meta".utf8) ? "charset" : "encoding"
            if let label = value(of: Array(key.utf8), in: tag) { return label }
        }
        return nil
    }

    private static func end(ofCommentAt start: Int, _ head: [UInt8]) -> Int {
        var i = start + 4
        while i + 2 < head.count {
            if head[i] == Ascii.hyphen, head[i + 1] == Ascii.hyphen, head[i + 2] == Ascii.greater { return i + 3 }
            i += 1
        }
        return head.count
    }

    /// Returns the value after `key=`, quoted or not.
    private static func value(of key: [UInt8], in tag: [UInt8]) -> String? {
        var i = 0
        while i + key.count < tag.count {
            guard tag[i...].starts(with: key) else {
                i += 1
                continue
            }
            i += key.count
            var rest = tag[i...].drop(while: Ascii.isWhite)
            guard rest.popFirst() == Ascii.equals else { continue }
            rest = rest.drop { Ascii.isWhite($0) || $0 == Ascii.quote || $0 == Ascii.apostrophe }
            let label = rest.prefix {
                Ascii.isLetter($0) || Ascii.isDigit($0) || [Ascii.hyphen, Ascii.underscore, Ascii.colon, Ascii.period].contains($0)
            }
            return label.isEmpty ? nil : String(decoding: label, as: UTF8.self)
        }
        return nil
    }
}
