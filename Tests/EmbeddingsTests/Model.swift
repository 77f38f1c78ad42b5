import Embeddings
import Foundation
import TestSupport

/// The real model, loaded once for all suites that use it.
enum Model {
    struct Missing: Error, CustomStringConvertible {
        let cause: any Error
        var description: String { "the embedding model is missing or broken; fetch it with: make model (\(cause))" }
    }

    private static let shared = Result { try SentenceEncoder(folder: TestPaths.model, threads: 2) }

    static func encoder() throws -> SentenceEncoder {
        do { return try shared.get() } catch { throw Missing(cause: error) }
    }
}

/// Computed in double precision for vectors of equal length; 0 if one of them is zero.
func cosine(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Double {
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
        ab += Double(x) * Double(y)
        aa += Double(x) * Double(x)
        bb += Double(y) * Double(y)
    }
    return a.count == b.count && aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
}
