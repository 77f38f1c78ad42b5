import Foundation
package import Index

/// The weight of the dense side for one query, computed from how each side scores its own and the other's candidates.
///
/// It uses four signals, each comparable across indexes:
/// - **credit**: how far above the background the dense side scores the best lexical candidates, as a share of its own best. An encoder
///   that understands a text scores chunks that share the query's rare words high; where it gives them no credit it does not understand
///   this text (another language, serial numbers), and the lexical side decides.
/// - **lead**: by how much the best cosine exceeds the mean of the next nine, in standard deviations of the background. A dense side that
///   tells one passage from its neighbours leads; one for which all are about the same topic does not, however far the topic stands out.
/// - **coverage**: the share of the query in the best lexical candidate. Half or more is usual; below that the lexical side is weak
///   evidence, both for its candidates and against the dense side.
/// - **identifiers**: the share of names, codes and quotations among the query's words, which need a literal match.
///
/// The weight is the logistic function of their weighted sum, fitted on synthetic and natural indexes and rounded. The coefficients are
/// small, because each signal is noisy for one query: most weights are between 0.4 and 0.8. Only a query whose words the encoder does not
/// understand, or that no chunk covers, moves far from the middle.
package struct FusionWeight {
    package struct Signals: Equatable {
        package var credit: Float
        package var lead: Float
        package var coverage: Float
        package var identifiers: Float
    }

    /// Number of lexical candidates over which the credit is averaged.
    static let asked = 10
    /// Credit at and above which the dense side is trusted.
    private static let fullCredit: Float = 0.45
    /// Number of candidates, best cosines first, over which the lead is computed.
    static let compared = 10
    /// The lead of an ordinary query.
    private static let typicalLead: Float = 1.1
    /// Lead above which a larger one adds nothing.
    private static let fullLead: Float = 3
    private static let fullCoverage: Float = 0.5
    /// Number of rows at which signals that compare with the background count half.
    private static let fewRows: Float = 20

    package let signals: Signals
    package let dense: Float

    /// - Parameter candidates: at least the `asked` best by their words and the `compared` best by their cosine.
    package init(_ candidates: [RankedChunk], background: CosineBackground, identifiers: Float) {
        let byWords = candidates.filter { $0.lexical > 0 }.sorted { ($0.lexical, $1.hit.chunk) > ($1.lexical, $0.hit.chunk) }
            .prefix(Self.asked)
        let byCosine = candidates.map(\.dense).sorted(by: >).prefix(Self.compared)
        guard let best = byCosine.first, let first = byWords.first else {
            signals = Signals(credit: 0, lead: 0, coverage: 0, identifiers: identifiers)
            dense = 1
            return
        }
        signals = Signals(
            credit: Self.credit(byWords.map(\.dense), best: best, background: background),
            lead: Self.lead(byCosine, background: background), coverage: first.parts.evidence?.coverage ?? 0, identifiers: identifiers)
        dense = Self.weight(signals, rows: background.rows)
    }

    /// Returns the mean height of `cosines` above the background, as a share of the height of `best`; `0...1`.
    private static func credit(_ cosines: [Float], best: Float, background: CosineBackground) -> Float {
        let span = max(best - background.mean, .leastNormalMagnitude)
        return cosines.reduce(0) { $0 + min(1, max(0, ($1 - background.mean) / span)) } / Float(cosines.count)
    }

    /// - Parameter cosines: in descending order, not empty.
    private static func lead(_ cosines: ArraySlice<Float>, background: CosineBackground) -> Float {
        guard let best = cosines.first, cosines.count > 1 else { return typicalLead }
        let rest = cosines.dropFirst()
        return (best - rest.reduce(0, +) / Float(rest.count)) / max(background.deviation, 1e-6)
    }

    private static func weight(_ signals: Signals, rows: Int) -> Float {
        let trust = Float(rows) / (Float(rows) + fewRows)
        let missingCredit = 1 - min(signals.credit, fullCredit) / fullCredit
        let coverage = min(signals.coverage / fullCoverage, 1)
        let lead = min(signals.lead, fullLead) - typicalLead
        let sum =
            0.4 - 2.5 * trust * missingCredit * coverage + 0.6 * trust * lead + 1.7 * (1 - coverage) - 1.1 * min(3 * signals.identifiers, 1)
        return 1 / (1 + exp(-sum))
    }
}
