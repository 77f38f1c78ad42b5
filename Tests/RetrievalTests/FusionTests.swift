import Index
import Retrieval
import TestSupport
import Testing

extension RankedChunk {
    fileprivate init(_ chunk: Int64, dense: Float, lexical: Float, coverage: Float) {
        let evidence = LexicalEvidence(score: lexical, coverage: coverage, title: 0, proximity: 0, hasPhrases: true)
        self.init(IndexHit(chunk: chunk, document: chunk, score: 0), ScoreParts(dense: dense, evidence: evidence))
    }
}

@Suite(.timeLimit(.minutes(10))) struct FusionTests {
    private func candidate(_ chunk: Int64, _ dense: Float, _ lexical: Float) -> RankedChunk {
        RankedChunk(chunk, dense: dense, lexical: lexical, coverage: lexical > 0 ? 0.6 : 0)
    }

    @Test func bestOfBothSidesIsOneAndWorstIsZero() {
        let scores = Fusion(denseWeight: 0.5).scores([candidate(1, 0.9, 12), candidate(2, 0.1, 0), candidate(3, 0.65, 6)])
        #expect(scores[0] == 1 && scores[1] == 0)
        #expect(abs(scores[2] - 0.5) < 1e-6)
    }

    @Test func withoutLexicalEvidenceTheDenseOrderStands() {
        let scores = Fusion(denseWeight: 0.1).scores([candidate(1, 0.2, 0), candidate(2, 0.6, 0), candidate(3, 0.4, 0)])
        #expect(scores[1] == 1 && scores[1] > scores[2] && scores[2] > scores[0])
    }

    @Test func noiseOfTheDenseSideDoesNotOutvoteTheOneWordThatMatches() {
        let noise = (0..<100).map { candidate(Int64($0), 0.20 + Float($0) * 0.0005, 0) }
        let candidates = noise + [candidate(1000, 0.19, 9)]
        let weight = FusionWeight(candidates, background: CosineBackground(mean: 0.15, deviation: 0.03, rows: 5_000), identifiers: 0)
        let scores = Fusion(denseWeight: weight.dense).scores(candidates)
        #expect(scores.last == scores.max())
    }

    @Test func equalCosinesLeaveTheOrderToTheWords() {
        let scores = Fusion(denseWeight: 0.6).scores([candidate(1, 0.3, 1), candidate(2, 0.3, 5)])
        #expect(scores[1] > scores[0])
    }

    @Test func noCandidatesAndOneAreNoTrouble() {
        let background = CosineBackground(mean: 0, deviation: 0, rows: 0)
        #expect(Fusion(denseWeight: 0.5).scores([]).isEmpty)
        #expect(Fusion(denseWeight: 0.5).scores([candidate(1, 0.5, 0)]).count == 1)
        #expect(FusionWeight([], background: background, identifiers: 0).dense == 1)
        #expect(FusionWeight([candidate(1, 0.5, 0)], background: background, identifiers: 0).dense == 1)
        #expect((0...1).contains(FusionWeight([candidate(1, 0.5, 2)], background: background, identifiers: 0).dense))
    }

    /// A better score on both sides never lowers a candidate's rank, and every score is in 0…1.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func isMonotone(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let candidates = (0..<50).map { candidate(Int64($0), .random(in: -1...1, using: &rng), .random(in: 0...20, using: &rng)) }
        let background = CosineBackground(
            mean: .random(in: -0.2...0.6, using: &rng), deviation: .random(in: 0...0.2, using: &rng),
            rows: .random(in: 0...100_000, using: &rng))
        let weight = FusionWeight(candidates, background: background, identifiers: .random(in: 0...1, using: &rng))
        #expect((0...1).contains(weight.dense), "seed \(seed)")
        let scores = Fusion(denseWeight: weight.dense).scores(candidates)
        for a in candidates.indices {
            for b in candidates.indices
            where candidates[a].dense >= candidates[b].dense && candidates[a].lexical >= candidates[b].lexical {
                #expect(scores[a] >= scores[b], "seed \(seed)")
            }
        }
        #expect(scores.allSatisfy { (0...1).contains($0) })
    }
}

@Suite(.timeLimit(.minutes(10))) struct FusionWeightTests {
    private let background = CosineBackground(mean: 0.1, deviation: 0.1, rows: 10_000)

    /// Ten candidates of the lexical side with the given cosine, and ten of the dense side with cosines of about 0.6.
    private func candidates(wordsAt cosine: Float, coverage: Float) -> [RankedChunk] {
        let words = (0..<10).map { RankedChunk($0, dense: cosine, lexical: 9 - Float($0) / 2, coverage: coverage) }
        let dense = (10..<20).map { RankedChunk($0, dense: 0.6 - Float($0 - 10) / 100, lexical: 0, coverage: 0) }
        return words + dense
    }

    private func weight(wordsAt cosine: Float, coverage: Float = 0.7, identifiers: Float = 0, _ background: CosineBackground? = nil)
        -> Float
    {
        FusionWeight(
            candidates(wordsAt: cosine, coverage: coverage), background: background ?? self.background, identifiers: identifiers
        ).dense
    }

    @Test func sidesThatBelieveEachOtherCountAboutAlike() {
        #expect((0.4...0.7).contains(weight(wordsAt: 0.45)))
    }

    @Test func aDenseSideThatGivesTheWordsNoCreditCountsLittle() {
        #expect(weight(wordsAt: 0.1) < 0.15)
        #expect(weight(wordsAt: 0.1) < weight(wordsAt: 0.2) && weight(wordsAt: 0.2) < weight(wordsAt: 0.4))
    }

    @Test func wordsThatCoverLittleOfTheQueryCountLittle() {
        #expect(weight(wordsAt: 0.3, coverage: 0.05) > 0.8)
        #expect(weight(wordsAt: 0.1, coverage: 0.05) > 0.75)
        #expect(weight(wordsAt: 0.45, coverage: 0.3) > weight(wordsAt: 0.45, coverage: 0.5))
    }

    /// Ten lexical and ten dense candidates with the same cosine, except the best of the dense ones, which leads the others.
    private func weight(lead: Float, others: Float = 0.45) -> Float {
        let words = (0..<10).map { RankedChunk($0, dense: others, lexical: 9 - Float($0) / 2, coverage: 0.7) }
        let dense = (10..<20).map { RankedChunk($0, dense: $0 == 10 ? others + lead : others, lexical: 0, coverage: 0) }
        return FusionWeight(words + dense, background: background, identifiers: 0).dense
    }

    @Test func aBestCosineThatLeadsTheNextOnesCountsMore() {
        #expect(weight(lead: 0) < weight(lead: 0.1) && weight(lead: 0.1) < weight(lead: 0.25))
        #expect(abs(weight(lead: 0.4) - weight(lead: 0.31)) < 0.02)
    }

    /// Where all the best cosines are far above the background but close to each other, they tell the topic, not the passage.
    @Test(arguments: [0.4, 0.6, 0.8] as [Float]) func aTopicThatStandsOutDoesNotOutvoteTheWords(cosine: Float) {
        let alike = (0..<20).map { RankedChunk($0, dense: cosine - Float($0) / 1_000, lexical: 9 - Float($0) / 4, coverage: 0.7) }
        #expect((0.3...0.55).contains(FusionWeight(alike, background: background, identifiers: 0).dense))
    }

    @Test func aSingleCandidateHasAnOrdinaryLead() {
        let one = FusionWeight([RankedChunk(1, dense: 0.9, lexical: 5, coverage: 0.7)], background: background, identifiers: 0)
        #expect((0.4...0.7).contains(one.dense))
    }

    /// Ordinary signals, taken to their ends, keep both sides in the mix; only blindness of one side silences it.
    @Test func onlyBlindnessMovesTheWeightFar() {
        #expect((0.3...0.85).contains(weight(lead: 0)) && (0.3...0.85).contains(weight(lead: 0.4)))
        #expect(weight(wordsAt: 0.1) < 0.2 && weight(wordsAt: 0.3, coverage: 0.05) > 0.8)
    }

    @Test func namesMakeTheWordsCountMore() {
        #expect(weight(wordsAt: 0.45, identifiers: 1) < 0.3)
        #expect(weight(wordsAt: 0.45, identifiers: 0.1) < weight(wordsAt: 0.45))
    }

    @Test func aFewRowsAreNoBackground() {
        let few = CosineBackground(mean: 0.1, deviation: 0.1, rows: 2)
        #expect(weight(wordsAt: 0.1, few) > weight(wordsAt: 0.1) + 0.2)
    }

    @Test func namesAreTold() {
        #expect(QueryIdentifiers.share(of: "why is the sky blue in May 2024") == 0)
        #expect(QueryIdentifiers.share(of: "maxTokenCount max_token XK48213Q") == 1)
        #expect(QueryIdentifiers.share(of: "where is maxTokenCount used") == 0.25)
        #expect(QueryIdentifiers.share(of: "say \"red fish\" now") == 0.5)
        #expect(QueryIdentifiers.share(of: "") == 0 && QueryIdentifiers.share(of: "\"\"\"") == 0)
        #expect(QueryIdentifiers.share(of: "DNA mRNA iOS p53") == 0)
    }
}
