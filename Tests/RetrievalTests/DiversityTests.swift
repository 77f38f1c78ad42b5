import Index
import Retrieval
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct DiversityTests {
    private func ranked(_ scores: [Float]) -> [RankedChunk] {
        scores.enumerated().map { RankedChunk(IndexHit(chunk: Int64($0), document: Int64($0), score: $1), ScoreParts(dense: $1)) }
    }

    /// Chunks 0 to 4 have the same text, and so do chunks 5 to 9.
    private func cosines(_ place: Int) -> [Float] { (0..<10).map { $0 / 5 == place / 5 ? 1 : 0 } }

    @Test func withoutItTheOrderStands() {
        let results = ranked([5, 4, 3, 2])
        #expect(Diversity(strength: 0).choose(3, of: results, similarities: cosines) == Array(results.prefix(3)))
        #expect(Diversity(strength: .nan).choose(3, of: results, similarities: cosines) == Array(results.prefix(3)))
    }

    @Test func repetitionsComeLater() {
        let results = ranked((0..<10).map { 1 - Float($0) / 100 })
        let chosen = Diversity(strength: 0.5).choose(10, of: results, similarities: cosines)
        #expect(chosen.prefix(2).map(\.hit.chunk) == [0, 5])
        #expect(Set(chosen.map(\.hit.chunk)) == Set(results.map(\.hit.chunk)))
        #expect(chosen.allSatisfy { result in results.contains(result) })
    }

    @Test func theScaleOfTheScoresDoesNotMatter() {
        let small = Diversity(strength: 0.3).choose(6, of: ranked((0..<10).map { 1 - Float($0) / 20 }), similarities: cosines)
        let large = Diversity(strength: 0.3).choose(6, of: ranked((0..<10).map { 40 - Float($0) * 2 }), similarities: cosines)
        #expect(small.map(\.hit.chunk) == large.map(\.hit.chunk))
    }

    /// Each choice is the best one by the definition, computed from scratch.
    @Test(arguments: 0..<10) func agreesWithTheDefinition(seed: Int) {
        var rng = SplitMix64(seed: UInt64(seed))
        let count = 12
        let table = (0..<count * count).map { _ in Float.random(in: -0.5...1, using: &rng) }
        let results = ranked((0..<count).map { _ in Float.random(in: 0...1, using: &rng) }.sorted(by: >))
        let strength = Float.random(in: 0.05...1, using: &rng)
        let chosen = Diversity(strength: strength).choose(count, of: results) { place in
            Array(table[place * count..<(place + 1) * count])
        }
        for place in chosen.indices {
            func value(_ candidate: RankedChunk) -> Float {
                let nearest = chosen[..<place].map { table[Int($0.hit.chunk) * count + Int(candidate.hit.chunk)] }.max() ?? 0
                return (1 - strength) * candidate.hit.score / results[0].hit.score - strength * max(0, nearest)
            }
            #expect(chosen[place...].allSatisfy { value($0) <= value(chosen[place]) + 1e-6 }, "seed \(seed)")
        }
    }

    @Test func negativeScoresKeepTheirOrder() {
        let chosen = Diversity(strength: 0.7).choose(4, of: ranked([-0.1, -0.2, -0.3])) { _ in [0, 0, 0] }
        #expect(chosen.count == 3 && chosen[0].hit.chunk == 0)
        #expect(Diversity(strength: 2).choose(4, of: [], similarities: cosines).isEmpty)
    }
}
