extension Chunker {
    /// Packs the blocks of a section into passages up to the target, and merges a small remainder into the passage before it.
    func pack(_ section: Section, _ source: ChunkSource) -> [Passage] {
        var passages: [Passage] = []
        var current = Passage(of: section)
        for block in section.blocks {
            let isHeading = if case .heading = block.kind { true } else { false }
            // The first block shares its chunk with the heading and must leave room for it.
            let room = current.hasBody ? budgetTokens : max(budgetTokens / 2, budgetTokens - current.tokens)
            let splitter = BlockSplitter(source: source, limitTokens: room)
            for unit in splitter.units(of: block) {
                if !fits(unit, current) {
                    passages.append(current)
                    current = Passage(of: section)
                }
                current.append(unit, isBody: !isHeading)
            }
        }
        if !current.units.isEmpty { passages.append(current) }
        return joinRemainder(passages)
    }

    private func fits(_ unit: Unit, _ passage: Passage) -> Bool {
        if passage.units.isEmpty { return true }
        // A passage that has only a heading may use the whole budget, so that the heading gets body text.
        let limit = passage.hasBody ? targetTokens : budgetTokens
        return passage.tokens + unit.tokens <= limit && unit.range.upperBound - passage.start <= Self.maxChunkBytes
    }

    private func joinRemainder(_ passages: [Passage]) -> [Passage] {
        guard passages.count > 1, let last = passages.last, last.tokens < smallTokens else { return passages }
        let before = passages[passages.count - 2]
        guard before.tokens + last.tokens <= budgetTokens, last.end - before.start <= Self.maxChunkBytes else {
            return passages
        }
        return passages.dropLast(2) + [before.joined(last)]
    }
}
