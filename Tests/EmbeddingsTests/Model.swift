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
