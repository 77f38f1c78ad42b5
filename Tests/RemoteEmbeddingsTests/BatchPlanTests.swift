import RemoteEmbeddings
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct BatchPlanTests {
    @Test func runsCoverAllInOrderWithinTheBounds() {
        var rng = SplitMix64(seed: 4)
        for _ in 0..<500 {
            let tokens = (0..<Int.random(in: 0...60, using: &rng)).map { _ in Int.random(in: 0...300, using: &rng) }
            let (maxTexts, maxTokens) = (Int.random(in: 1...20, using: &rng), Int.random(in: 1...600, using: &rng))
            let runs = BatchPlan.runs(tokens, maxTexts: maxTexts, maxTokens: maxTokens)
            #expect(runs.flatMap { Array($0) } == Array(tokens.indices))
            for run in runs {
                #expect(!run.isEmpty && run.count <= maxTexts)
                #expect(run.count == 1 || tokens[run].reduce(0, +) <= maxTokens)
            }
            // No run has room for the first text of the next one.
            for (run, next) in zip(runs, runs.dropFirst()) {
                #expect(run.count == maxTexts || tokens[run].reduce(0, +) + tokens[next.lowerBound] > maxTokens)
            }
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct TokenEstimateTests {
    @Test func whiteSpaceIsNothingAndProseIsNearWordPiece() {
        #expect(TokenEstimate.tokens(" \t\r\n".utf8) == 0)
        #expect(TokenEstimate.tokens("".utf8) == 0)
        // 24 tokens with the vocabulary of all-MiniLM-L6-v2.
        let prose = "The moon pulls the sea, and twice a day the water rises along the coast before it falls back again."
        #expect((18...32).contains(TokenEstimate.tokens(prose.utf8)))
        #expect(TokenEstimate.tokens("日本語".utf8) == 5)
    }

    @Test func aPrefixIsTheLongestThatFits() {
        var rng = SplitMix64(seed: 8)
        let letters = ["a", "b", " ", ".", "é", "日", "🙂", "\n", "👩‍👩‍👧", "e\u{301}", "Z", "9", "_"]
        for _ in 0..<400 {
            let text = (0..<Int.random(in: 0...80, using: &rng)).map { _ in letters.randomElement(using: &rng) ?? "" }.joined()
            let tokens = Int.random(in: 0...30, using: &rng)
            let prefix = TokenEstimate.prefix(text, tokens: tokens)
            #expect(text.utf8.starts(with: prefix.utf8) && TokenEstimate.tokens(prefix.utf8) <= tokens)
            #expect(String(prefix).utf8.elementsEqual(prefix.utf8))
            let scalars = text.unicodeScalars
            if let next = scalars.dropFirst(prefix.unicodeScalars.count).first {
                let longer = String(String.UnicodeScalarView(scalars.prefix(prefix.unicodeScalars.count) + [next]))
                #expect(TokenEstimate.tokens(longer.utf8) > tokens, "\(text.debugDescription) \(tokens)")
            }
        }
    }

    @Test func sharesAddUp() {
        var rng = SplitMix64(seed: 15)
        for _ in 0..<500 {
            let estimates = (0..<Int.random(in: 1...64, using: &rng)).map { _ in Int.random(in: 0...500, using: &rng) }
            let total = Int.random(in: 0...(1 << 31), using: &rng)
            let shares = TokenShares.divide(total, inProportionTo: estimates)
            #expect(shares.count == estimates.count && shares.reduce(0, +) == total && shares.allSatisfy { $0 >= 0 })
        }
        #expect(TokenShares.divide(10, inProportionTo: [0, 0]) == [5, 5])
    }
}
