/// The pages of plain text that has form feeds between them, as RFCs and printed listings do.
enum FormFeedPages {
    private static let formFeed: UInt8 = 0x0C

    /// - Returns: the pages; empty for a text without form feeds, or with more pages than `limits.maxParts`.
    static func parts(_ utf8: [UInt8], _ limits: ExtractLimits) -> [DocumentPart] {
        guard utf8.contains(formFeed) else { return [] }
        // A form feed at the end begins no page.
        let end = White.trim(utf8, 0..<utf8.count).upperBound
        var parts: [DocumentPart] = []
        var start = 0
        for i in 0...end where i == end || utf8[i] == formFeed {
            guard parts.count < limits.maxParts else { return [] }
            parts.append(DocumentPart(kind: .page, number: parts.count + 1, range: White.trim(utf8, start..<i)))
            start = min(i + 1, end)
        }
        return parts
    }
}
