import Foundation
import Index
import Synchronization
import TestSupport

/// Returns `count` unit vectors around `clusters` random centres, distributed like sentence embeddings.
func clusteredVectors(_ count: Int, dimension: Int, clusters: Int, spread: Float = 0.6, seed: UInt64) -> [[Float]] {
    var rng = SplitMix64(seed: seed)
    let centres = (0..<clusters).map { _ in unit(randomVector(dimension, &rng)) }
    return (0..<count).map { _ in
        let centre = centres[Int.random(in: 0..<clusters, using: &rng)]
        let noise = unit(randomVector(dimension, &rng))
        return unit(zip(centre, noise).map { $0 + spread * $1 })
    }
}

func unit(_ vector: [Float]) -> [Float] {
    let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return norm > 0 ? vector.map { $0 / norm } : vector
}

/// Maximum error of a float32 dot product of unit vectors: n·u, Higham 2002, equation 3.5, with Σ|aᵢbᵢ| ≤ 1.
func cosineTolerance(_ dimension: Int) -> Double { 2 * Double(dimension) * Double(Float.ulpOfOne) }

func entry(_ chunk: Int64, document: Int64? = nil, text: String = "", title: String = "", _ vector: [Float]) -> IndexEntry {
    IndexEntry(chunk: chunk, document: document ?? chunk, text: text, title: title, vector: vector)
}

func openIndex(
    _ folder: URL, identity: String = "test-model", dimension: Int, _ options: IndexOptions = IndexOptions()
) -> (index: CollectionIndex, recovery: IndexRecovery) {
    CollectionIndex.open(folder: folder, identity: identity, dimension: dimension, options: options)
}

/// Creates an index in a new folder that holds `vectors` as chunks 0, 1, 2 … of documents with `perDocument` chunks each, and runs the
/// maintenance that is due.
func filledIndex(
    _ vectors: [[Float]], perDocument: Int = 1, _ options: IndexOptions = IndexOptions()
) throws -> CollectionIndex {
    let index = openIndex(try TestPaths.scratch("index"), dimension: vectors[0].count, options).index
    let entries = vectors.indices.map { entry(Int64($0), document: Int64($0 / perDocument), vectors[$0]) }
    try index.apply(removingDocuments: [], adding: entries, sequence: 1)
    index.maintain()
    return index
}

/// The share of the true `k` best among `rows` that the hits contain; a row with the score of the k-th counts as correct.
func recall(_ hits: [IndexHit], _ query: [Float], among vectors: [Int64: [Float]], k: Int) -> Double {
    let truth = vectors.values.map { cosine(query, $0) }.sorted(by: >).prefix(k)
    guard let worst = truth.last else { return 1 }
    let tolerance = cosineTolerance(query.count)
    let right = hits.prefix(k).count { hit in
        vectors[hit.chunk].map { cosine(query, $0) >= worst - tolerance } ?? false
    }
    return Double(right) / Double(truth.count)
}

/// Signals to the tasks of a test that it is over.
final class Flag: Sendable {
    private let raised = Atomic(false)
    var isRaised: Bool { raised.load(ordering: .acquiring) }
    func raise() { raised.store(true, ordering: .releasing) }
}

/// A value shared by the tasks of a test.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result { try value.withLock { try body(&$0) } }
}

/// Single reads of an index, each in a view of its own.
extension CollectionIndex {
    func searchDense(_ query: [Float], limit: Int, filter: DocumentFilter?, excluding excluded: Set<Int64> = []) throws -> [IndexHit] {
        try read { view in try view.searchDense(query, limit: limit, filter: filter, excluding: excluded) }.hits
    }

    func searchDense(_ query: [Float], limit: Int, allowed: Set<Int64>?) throws -> [IndexHit] {
        try searchDense(query, limit: limit, filter: allowed.map(DocumentFilter.init(documents:)))
    }

    func searchDense(_ query: [Float], limit: Int, filter: DocumentFilter?, ef: Int?) throws -> [IndexHit] {
        try read { view in try view.searchDense(query, limit: limit, filter: filter, ef: ef) }.hits
    }

    func searchLexical(_ query: String, limit: Int, allowed: Set<Int64>?, excluding excluded: Set<Int64> = []) -> [IndexHit] {
        read { view in
            view.searchLexical(
                view.weighted(QueryTerms(query)), limit: limit, filter: allowed.map(DocumentFilter.init(documents:)), excluding: excluded)
        }
    }

    func cosineScores(_ query: [Float], chunks: [Int64]) throws -> [Float?] {
        try read { view in
            var cosines: [Float?] = []
            for chunk in chunks {
                do throws(IndexError) { cosines.append(try view.cosines(query, of: [chunk])[0]) } catch {
                    guard error.code == .unknownChunk else { throw error }
                    cosines.append(nil)
                }
            }
            return cosines
        }
    }

    func lexicalEvidence(_ query: String, chunks: [Int64]) -> [LexicalEvidence?] {
        read { view in
            let query = view.weighted(QueryTerms(query))
            var evidence: [LexicalEvidence?] = []
            for chunk in chunks { evidence.append(try? view.evidence(query, of: [chunk])[0]) }
            return evidence
        }
    }

    func lexicalScores(_ query: String, chunks: [Int64]) -> [Float?] { lexicalEvidence(query, chunks: chunks).map { $0?.score } }
}
