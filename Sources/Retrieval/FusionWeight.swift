import Foundation
package import Index

/// The weight of the dense side for one query, computed from how each side scores its own and the other's candidates.
///
/// It uses four signals, each comparable across indexes:
/// - **credit**: how far above the background the dense side scores the best lexical candidates, as a share of its own best. An encoder
///   that understands a text scores chunks that share the query's rare words high; where it gives them no credit it does not understand
///   this text (another language, serial numbers), and the lexical side decides.
/// - **contrast**: by how many standard deviations the best cosine exceeds the background, minus the value expected for the best of as many
///   random numbers.
/// - **coverage**: the share of the query in the best lexical candidate. Half or more is usual; below that the lexical side is weak
///   evidence, both for its candidates and against the dense side.
/// - **identifiers**: the share of names, codes and quotations among the query's words, which need a literal match.
///
/// The weight is the logistic function of their weighted sum, fitted on synthetic and natural indexes and rounded.
package struct FusionWeight {
    package struct Signals: Equatable {
        package var credit: Float
        package var contrast: Float
        package var coverage: Float
        package var identifiers: Float
    }

    /// Number of lexical candidates over which the credit is averaged.
    private static let asked = 10
    /// Credit at and above which the dense side is trusted.
    private static let fullCredit: Float = 0.45
    /// The contrast of an ordinary query.
    private static let typicalContrast: Float = 0.7
    private static let fullCoverage: Float = 0.5
    /// Number of rows at which signals that compare with the background count half.
    private static let fewRows: Float = 20

    package let signals: Signals
    package let dense: Float

    package init(_ candidates: [RankedChunk], background: CosineBackground, identifiers: Float) {
        let byWords = candidates.filter { $0.lexical > 0 }.sorted { ($0.lexical, $1.hit.chunk) > ($1.lexical, $0.hit.chunk) }
            .prefix(Self.asked)
        guard let best = candidates.map(\.dense).max(), let first = byWords.first else {
            signals = Signals(credit: 0, contrast: 0, coverage: 0, identifiers: identifiers)
            dense = 1
            return
        }
        let span = max(best - background.mean, .leastNormalMagnitude)
        let credit = byWords.reduce(0) { $0 + min(1, max(0, ($1.dense - background.mean) / span)) } / Float(byWords.count)
        let expected = (2 * log(Float(max(background.rows, 2)))).squareRoot()
        let contrast = (best - background.mean) / max(background.deviation, 1e-6) - expected
        signals = Signals(credit: credit, contrast: contrast, coverage: first.parts.evidence?.coverage ?? 0, identifiers: identifiers)
        dense = Self.weight(signals, rows: background.rows)
    }

    private static func weight(_ signals: Signals, rows: Int) -> Float {
        let trust = Float(rows) / (Float(rows) + fewRows)
        let missingCredit = 1 - min(signals.credit, fullCredit) / fullCredit
        let coverage = min(signals.coverage / fullCoverage, 1)
        let contrast = min(max(signals.contrast, -1), 3) - typicalContrast
        let sum =
            0.1 - 2.5 * trust * missingCredit * coverage + 0.7 * trust * contrast + 2.8 * (1 - coverage)
            - 1.8 * min(3 * signals.identifiers, 1)
        return 1 / (1 + exp(-sum))
    }
}
