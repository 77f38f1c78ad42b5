import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CosineBackgroundTests {
    @Test func isTheMeanAndDeviationOfAFewRows() throws {
        let vectors = clusteredVectors(300, dimension: 24, clusters: 5, seed: 1)
        let index = try filledIndex(vectors)
        try index.apply(removingDocuments: (0..<40).map(Int64.init), adding: [], sequence: 2)
        let query = vectors[7]
        let cosines = vectors[40...].map { cosine(query, $0) }
        let mean = cosines.reduce(0, +) / Double(cosines.count)
        let deviation = (cosines.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(cosines.count)).squareRoot()
        let background = try index.read { view in try view.cosineBackground(query) }
        // The codes have 8 bits: each cosine has an error of at most about 0.01.
        #expect(abs(Double(background.mean) - mean) < 0.01 && abs(Double(background.deviation) - deviation) < 0.01)
        #expect(background.rows == 260)
    }

    @Test func aSampleOfManyRowsIsNearTheWhole() throws {
        let vectors = clusteredVectors(5_000, dimension: 16, clusters: 20, seed: 2)
        let index = try filledIndex(vectors)
        let cosines = vectors.map { cosine(vectors[0], $0) }
        let mean = cosines.reduce(0, +) / Double(cosines.count)
        #expect(abs(Double(try index.read { view in try view.cosineBackground(vectors[0]) }.mean) - mean) < 0.06)
    }

    @Test func ofNothingIsZero() throws {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 3).index
        #expect(try index.read { view in try view.cosineBackground([1, 0, 0]) } == CosineBackground(mean: 0, deviation: 0, rows: 0))
        #expect { try index.read { view in try view.cosineBackground([1, 0]) } } throws: { ($0 as? IndexError)?.code == .dimensionMismatch }
        #expect { try index.read { view in try view.cosineBackground([1, 0, .nan]) } } throws: { ($0 as? IndexError)?.code == .notFinite }
    }
}
