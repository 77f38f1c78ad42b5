import Citing

/// Picks runs of neighbouring sentences that together answer.
struct SentenceSelection {
    let sentences: [Sentence]
    let worth: SentenceWorth
    let sources: [CitedSource]
    /// What the best sentence must be worth.
    let threshold: Float

    /// Runs at most, each of another source.
    private static let maximumRuns = 3
    /// Sentences of a run at most.
    private static let maximumRunLength = 3
    /// A sentence this far below the best is no answer.
    private static let spread: Float = 0.3
    /// A neighbour this far below the run's best belongs to it.
    private static let neighbourSpread: Float = 0.08
    /// What being like a sentence that was chosen takes off.
    private static let redundancy: Float = 0.1
    /// What having been found well, `0...1`, adds to a source's best sentence.
    private static let sourceShare: Float = 0.5
    /// As good as the same sentence: a copy in another document.
    private static let sameCosine: Float = 0.95

    private struct Candidate {
        let best: Int
        let value: Float
    }

    /// Places of sentences, in reading order: sources as they were given. None where nothing is worth enough.
    func runs() -> [Range<Int>] {
        guard let top = worth.values.max(), top >= threshold else { return [] }
        var candidates = bestOfEachSource().filter { worth.values[$0.best] >= top - Self.spread }
        var chosen: [Int] = []
        while chosen.count < Self.maximumRuns, let next = candidates.max(by: { marginal($0, chosen) < marginal($1, chosen) }) {
            candidates.removeAll { $0.best == next.best }
            if !chosen.contains(where: { worth.similarity($0, next.best) >= Self.sameCosine }) { chosen.append(next.best) }
        }
        return chosen.sorted().map(run)
    }

    /// The best sentence of each source; of equals the first.
    private func bestOfEachSource() -> [Candidate] {
        var best: [Int: Int] = [:]
        for (place, sentence) in sentences.enumerated() {
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

    /// The sentence with neighbours that are worth about as much.
    private func run(around best: Int) -> Range<Int> {
        let least = worth.values[best] - Self.neighbourSpread
        func belongs(_ place: Int) -> Bool {
            sentences.indices.contains(place) && sentences[place].source == sentences[best].source && worth.values[place] >= least
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
