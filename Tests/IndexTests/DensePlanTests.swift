import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct DensePlanTests {
    private func conditions(
        rows: Int = 100_000, eligible: Int? = nil, graphRows: Int? = nil, limit: Int = 10, ef: Int? = 96, binaryPool: Int? = nil
    ) -> DenseConditions {
        DenseConditions(
            rows: rows, eligible: eligible ?? rows, graphRows: graphRows ?? rows, isFiltered: eligible != nil, limit: limit, ef: ef,
            binaryPool: binaryPool)
    }

    @Test func withoutAFilterTheGraphIsSearchedWithTheGivenEf() {
        #expect(conditions().plan == .graph(ef: 96))
        #expect(conditions(limit: 300, ef: 600).plan == .graph(ef: 600))
    }

    @Test func anExactSearchAndASearchWithoutGraphScan() {
        #expect(conditions(ef: nil).plan == .scan)
        #expect(conditions(graphRows: 0).plan == .scan)
        #expect(conditions(eligible: 50_000, ef: nil, binaryPool: 500).plan == .scan)
    }

    @Test func aGraphThatIsSmallForTheEfIsNotSearched() {
        #expect(conditions(rows: 8 * 96).plan == .graph(ef: 96))
        #expect(conditions(rows: 8 * 96 - 1).plan == .scan)
        #expect(conditions(rows: 1_000_000, ef: 65_537).plan == .scan)
    }

    @Test func aSelectiveFilterIsScannedAndABroadOneIncreasesTheEf() throws {
        #expect(conditions(eligible: 3_000).plan == .scan)
        #expect(conditions(eligible: 3_000, binaryPool: 300).plan == .binaryThenScan(pool: 300))
        guard case .graph(let ef) = conditions(eligible: 50_000).plan else {
            Issue.record("a broad filter must use the graph")
            return
        }
        #expect((97...192).contains(ef))
        // With binary codes a filter that passes a tenth of the rows is faster without the graph.
        #expect(conditions(eligible: 10_000, binaryPool: 300).plan == .binaryThenScan(pool: 300))
        #expect(conditions(eligible: 10_000).plan.kind == .graph)
    }

    /// The same filter is searched in another way on a machine, or in an index, where other steps are fast.
    @Test func measuredCostsDecide() {
        var conditions = conditions(eligible: 20_000, ef: 48, binaryPool: 400)
        conditions.calibration = FilterCalibration(
            gatheredRowNanoseconds: 20, binaryCodeRowNanoseconds: 2, efNanoseconds: 1_000, efGrowth: 0.2)
        #expect(conditions.plan == .binaryThenScan(pool: 400))
        conditions.calibration.efNanoseconds = 200
        #expect(conditions.plan.kind == .graph)
        conditions.calibration.binaryCodeRowNanoseconds = 0.5
        #expect(conditions.plan == .binaryThenScan(pool: 400))
        conditions.calibration.gatheredRowNanoseconds = 200
        #expect(conditions.plan.kind == .graph)
        conditions.binaryPool = nil
        conditions.calibration.gatheredRowNanoseconds = 0.1
        #expect(conditions.plan == .scan)
    }

    @Test func efGrowsByTheMeasuredPower() throws {
        var conditions = conditions(eligible: 60_000, ef: 100)
        conditions.calibration.efNanoseconds = 1
        conditions.calibration.efGrowth = 1
        #expect(conditions.plan == .graph(ef: 167))
        conditions.calibration.efGrowth = 0
        #expect(conditions.plan == .graph(ef: 100))
    }

    /// For any numbers, hostile ones included, the plan keeps its bounds.
    @Test(arguments: 0..<20 as Range<UInt64>) func anyConditionsHaveAPlanWithinItsBounds(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<2_000 {
            let rows = Int.random(in: 0...(1 << Int.random(in: 0...31, using: &rng)), using: &rng)
            let eligible = Bool.random(using: &rng) ? Int.random(in: 0...rows, using: &rng) : nil
            let limit = Int.random(in: 0...(eligible ?? rows), using: &rng)
            let pool = Bool.random(using: &rng) ? Int.random(in: 1...1_000, using: &rng) : nil
            let ef = Bool.random(using: &rng) ? Int.random(in: 1...70_000, using: &rng) : nil
            let graphRows = Int.random(in: 0...rows, using: &rng)
            let conditions = self.conditions(
                rows: rows, eligible: eligible, graphRows: graphRows, limit: limit, ef: ef, binaryPool: pool)
            switch conditions.plan {
            case .scan: #expect(ef == nil || eligible == nil || pool == nil)
            case .graph(let grown): #expect(ef.map { grown >= max($0, limit) } == true && grown <= min(65_536, graphRows / 8))
            case .binaryThenScan(let size): #expect(size == pool && eligible != nil && ef != nil)
            }
        }
    }

    @Test func aSearchTellsThePlanThatItUsed() throws {
        var options = IndexOptions()
        options.graphThreshold = 1_000
        let vectors = clusteredVectors(4_000, dimension: 16, clusters: 20, seed: 5)
        let index = try filledIndex(vectors, options)
        func plan(_ filter: DocumentFilter?, ef: Int? = 96) throws -> DensePlan {
            try index.read { view in try view.searchDense(vectors[3], limit: 10, filter: filter, ef: ef) }.plan
        }
        #expect(try plan(nil) == .graph(ef: 96))
        #expect(try plan(nil, ef: nil) == .scan)
        #expect(try plan(DocumentFilter(documents: [1, 2, 3])) == .scan)
        #expect(try plan(DocumentFilter(documents: [])) == .scan)
    }
}
