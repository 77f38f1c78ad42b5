import Catalog
import Index
import JSON
import Retrieval
import Testing

@Suite(.timeLimit(.minutes(10))) struct FilterCacheTests {
    private func filter(_ year: Int) -> MetadataFilter { .compare(key: "year", .eq, .init(year)) }

    private func documents(_ count: Int) -> DocumentFilter { DocumentFilter(documents: Set(0..<Int64(count))) }

    @Test func itGivesWhatWasKeptUnderTheSameNumberOnly() {
        var cache = FilterCache()
        let kept = documents(3)
        cache.keep(kept, matching: filter(1), at: IndexPosition(sequence: 7, lineage: 1))
        #expect(cache.documents(matching: filter(1), at: IndexPosition(sequence: 7, lineage: 1)) === kept)
        #expect(cache.documents(matching: filter(2), at: IndexPosition(sequence: 7, lineage: 1)) == nil)
        #expect(cache.documents(matching: filter(1), at: IndexPosition(sequence: 8, lineage: 1)) == nil)
        // Documents have changed, so older entries are removed.
        cache.keep(documents(4), matching: filter(2), at: IndexPosition(sequence: 8, lineage: 1))
        #expect(cache.documents(matching: filter(1), at: IndexPosition(sequence: 7, lineage: 1)) == nil)
        cache.removeAll()
        #expect(cache.documents(matching: filter(2), at: IndexPosition(sequence: 8, lineage: 1)) == nil)
        #expect(cache.bytes(rows: 1_000) == 0)
    }

    @Test func theFilterUsedLeastRecentlyGoesFirst() {
        var cache = FilterCache()
        for year in 0..<FilterCache.capacity {
            cache.keep(documents(1), matching: filter(year), at: IndexPosition(sequence: 1, lineage: 1))
        }
        #expect(cache.documents(matching: filter(0), at: IndexPosition(sequence: 1, lineage: 1)) != nil)
        cache.keep(documents(1), matching: filter(100), at: IndexPosition(sequence: 1, lineage: 1))
        #expect(cache.documents(matching: filter(1), at: IndexPosition(sequence: 1, lineage: 1)) == nil)
        #expect(cache.documents(matching: filter(0), at: IndexPosition(sequence: 1, lineage: 1)) != nil)
        #expect(cache.documents(matching: filter(100), at: IndexPosition(sequence: 1, lineage: 1)) != nil)
    }

    @Test func itsMemoryIsBounded() {
        var cache = FilterCache()
        cache.keep(documents(FilterCache.maximumDocuments + 1), matching: filter(1), at: IndexPosition(sequence: 1, lineage: 1))
        #expect(cache.documents(matching: filter(1), at: IndexPosition(sequence: 1, lineage: 1)) == nil)
        cache.keep(documents(FilterCache.maximumDocuments), matching: filter(2), at: IndexPosition(sequence: 1, lineage: 1))
        #expect(cache.bytes(rows: 64) > FilterCache.maximumDocuments)
        cache.keep(documents(1), matching: filter(3), at: IndexPosition(sequence: 1, lineage: 1))
        #expect(cache.documents(matching: filter(2), at: IndexPosition(sequence: 1, lineage: 1)) == nil)
        #expect(cache.documents(matching: filter(3), at: IndexPosition(sequence: 1, lineage: 1)) != nil)
    }
}
