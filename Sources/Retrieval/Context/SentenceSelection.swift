import Citing

/// A selection of runs of neighbouring sentences that together answer the question.
struct SentenceSelection {
    let sentences: [Sentence]
    let rows: TableRows
    let worth: SentenceWorth
    let sources: [CitedSource]
    /// Minimum score of the best sentence.
    let threshold: Float

    /// Maximum number of runs, each from a different source.
    private static let maximumRuns = 3
    /// Maximum number of sentences in a run.
    private static let maximumRunLength = 3
    /// Maximum difference to the best sentence's score for a sentence to be an answer.
    private static let spread: Float = 0.3
    /// Maximum difference to the score of the run's best sentence for a neighbour to join the run.
    private static let neighbourSpread: Float = 0.08
    /// Weight of the penalty for similarity to a chosen sentence.
    private static let redundancy: Float = 0.1
    /// Weight of a source's search score, `0...1`, added to its best sentence's score.
    private static let sourceShare: Float = 0.5
    /// Minimum cosine at which two sentences count as the same, as in a copy in another document.
    private static let sameCosine: Float = 0.95

    private struct Candidate {
        let best: Int
        let value: Float
    }

    /// Returns runs of sentence indices in reading order, with sources in the given order; empty if no sentence reaches the threshold, and
    /// no row of a table answers evidently.
    func runs() -> [Range<Int>] {
        let allowed = sentences.indices.filter { !rows.excluded.contains($0) }
        guard let top = allowed.map({ worth.values[$0] }).max() else { return [] }
        let pool = top >= threshold ? allowed : allowed.filter(rows.evident.contains)
        let least = (pool.map { worth.values[$0] }.max() ?? 0) - Self.spread
        var candidates = bestOfEachSource(pool).filter { worth.values[$0.best] >= least }
        var chosen: [Int] = []
        while chosen.count < Self.maximumRuns, let next = candidates.max(by: { marginal($0, chosen) < marginal($1, chosen) }) {
            candidates.removeAll { $0.best == next.best }
            if !chosen.contains(where: { worth.similarity($0, next.best) >= Self.sameCosine }) { chosen.append(next.best) }
        }
        return chosen.sorted().map(run)
    }

    /// Returns the best sentence of each source; the first one on a tie.
    private func bestOfEachSource(_ pool: [Int]) -> [Candidate] {
        var best: [Int: Int] = [:]
        for place in pool {
            let sentence = sentences[place]
            if let other = best[sentence.source], worth.values[other] >= worth.values[place] { continue }
            best[sentence.source] = place
        }
        return best.sorted { $0.key < $1.key }.map { source, place in
            Candidate(best: place, value: worth.values[place] + Self.sourceShare * sources[source].score)
        }
    }

    private func marginal(_ candidate: Candidate, _ chosen: [Int]) -> Float {
        candidate.value - Self.redundancy * (chosen.map { worth.similarity(candidate.best, $0) }.max() ?? 0)
    }

    /// Returns the sentence with its neighbours of about the same score. A row of a table is complete by itself.
    private func run(around best: Int) -> Range<Int> {
        let least = worth.values[best] - Self.neighbourSpread
        func belongs(_ place: Int) -> Bool {
            !sentences[best].isRow && sentences.indices.contains(place) && !sentences[place].isRow
                && sentences[place].source == sentences[best].source && worth.values[place] >= least
        }
        var run = best..<best + 1
        while run.count < Self.maximumRunLength {
            if belongs(run.upperBound) {
                run = run.lowerBound..<run.upperBound + 1
            } else if belongs(run.lowerBound - 1) {
                run = run.lowerBound - 1..<run.upperBound
            } else {
                break
            }
        }
        return run
    }
}
