import Retrieval
import TestSupport
import Testing

@Suite struct FusionTests {
    private func candidate(_ chunk: Int64, _ dense: Float, _ lexical: Float) -> Fusion.Candidate {
        Fusion.Candidate(chunk: chunk, document: chunk, dense: dense, lexical: lexical)
    }

    @Test func bestOfBothSidesIsOneAndWorstIsZero() {
        let scores = Fusion().scores([candidate(1, 0.9, 12), candidate(2, 0.1, 0), candidate(3, 0.5, 6)])
        #expect(scores[0] == 1 && scores[1] == 0)
        #expect(abs(scores[2] - 0.5) < 1e-6)
    }

    @Test func withoutLexicalEvidenceTheDenseOrderStands() {
        let scores = Fusion().scores([candidate(1, 0.2, 0), candidate(2, 0.6, 0), candidate(3, 0.4, 0)])
        #expect(scores == [0, 1, 0.5].map { Float($0) } || abs(scores[2] - 0.5) < 1e-6)
        #expect(scores[1] > scores[2] && scores[2] > scores[0])
    }

    @Test func noiseOfTheDenseSideDoesNotOutvoteTheOneWordThatMatches() {
        let noise = (0..<100).map { candidate(Int64($0), 0.20 + Float($0) * 0.0005, 0) }
        let scores = Fusion().scores(noise + [candidate(1000, 0.19, 9)])
        #expect(scores.last == scores.max())
    }

    @Test func equalCosinesLeaveTheOrderToTheWords() {
        let scores = Fusion().scores([candidate(1, 0.3, 1), candidate(2, 0.3, 5)])
        #expect(scores[1] > scores[0])
    }

    @Test func noCandidatesAndOneAreNoTrouble() {
        #expect(Fusion().scores([]).isEmpty)
        #expect(Fusion().scores([candidate(1, 0.5, 0)]).count == 1)
    }

    /// Being better on both sides never ranks a candidate lower.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func isMonotone(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let candidates = (0..<50).map { candidate(Int64($0), .random(in: -1...1, using: &rng), .random(in: 0...20, using: &rng)) }
        let scores = Fusion().scores(candidates)
        for a in candidates.indices {
            for b in candidates.indices
            where candidates[a].dense >= candidates[b].dense && candidates[a].lexical >= candidates[b].lexical {
                #expect(scores[a] >= scores[b], "seed \(seed)")
            }
        }
        #expect(scores.allSatisfy { (0...1).contains($0) })
    }
}
