extension ExtractedDocument {
    /// Returns what breaks a promise of this type, without document text, or `nil` if the document keeps them all. For documents that come
    /// from another process: code that trusts the promises, such as the chunker, never sees a document that breaks one.
    ///
    /// - Complexity: linear.
    package func fault(_ limits: ExtractLimits) -> String? {
        let utf8 = Array(text.utf8)
        guard utf8.count <= limits.maxTextBytes else { return "the text has \(utf8.count) bytes" }
        guard blocks.count <= limits.maxBlocks else { return "there are \(blocks.count) blocks" }
        guard !blocks.isEmpty else { return "there is no text" }
        guard !utf8.contains(0) else { return "the text has NUL characters" }
        if let title, !Self.isOneLine(title, maxScalars: 300) { return "the title is not one line" }
        return blocksFault(utf8) ?? partsFault(utf8, limits)
    }

    private func blocksFault(_ utf8: [UInt8]) -> String? {
        var end = 0
        for (number, block) in blocks.enumerated() {
            guard Self.isInside(block.range, utf8), block.range.lowerBound >= end, !block.range.isEmpty else {
                return "block \(number) has a wrong range"
            }
            guard White.trim(utf8, end..<block.range.lowerBound).isEmpty else { return "there is text before block \(number)" }
            if case .heading(let level) = block.kind, !(1...6).contains(level) { return "block \(number) is a heading of level \(level)" }
            if let header = block.header, !Self.isInside(header, utf8) || header.upperBound > block.range.lowerBound {
                return "block \(number) has a wrong header"
            }
            end = block.range.upperBound
        }
        return White.trim(utf8, end..<utf8.count).isEmpty ? nil : "there is text after the last block"
    }

    private func partsFault(_ utf8: [UInt8], _ limits: ExtractLimits) -> String? {
        guard parts.count <= limits.maxParts else { return "there are \(parts.count) parts" }
        var end = 0
        for (place, part) in parts.enumerated() {
            guard Self.isInside(part.range, utf8), part.range.lowerBound >= end else { return "part \(place) has a wrong range" }
            guard part.number >= 1, part.label.map({ Self.isOneLine($0, maxScalars: 200) }) != false else {
                return "part \(place) has a wrong number or label"
            }
            end = part.range.upperBound
        }
        return nil
    }

    /// Returns whether both ends of the range are in the text, on scalar boundaries.
    private static func isInside(_ range: Range<Int>, _ utf8: [UInt8]) -> Bool {
        guard range.lowerBound >= 0, range.upperBound <= utf8.count else { return false }
        return [range.lowerBound, range.upperBound].allSatisfy { $0 == utf8.count || utf8[$0] & 0xC0 != 0x80 }
    }

    private static func isOneLine(_ text: String, maxScalars: Int) -> Bool {
        !text.isEmpty && text.unicodeScalars.count <= maxScalars && text.unicodeScalars.allSatisfy { $0.value >= 0x20 }
    }
}
