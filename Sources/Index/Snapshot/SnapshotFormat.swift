/// One file holds one index, but for its float32 rows, which lie beside it (`RowFormat`). Version 4; all numbers
/// little-endian; floats IEEE 754.
///
/// ```
/// header, 64 bytes
///   0   8  "CTXINDEX"
///   8   4  u32  format version
///  12   4  u32  number of sections, s
///  16   4  u32  components of a vector, d
///  20   4  u32  0
///  24   8  i64  catalog sequence number
///  32   8  u64  rows, n; deleted ones included
///  40   8  u64  length of the file
///  48   8  i64  lineage: the history that the sequence number belongs to
///  56   8  u64  XXH64 of bytes 0 ..< 56 followed by the section table, seed 0
/// section table, s entries of 32 bytes, ascending by kind, no kind twice
///   0   4  u32  kind
///   4   4  u32  0
///   8   8  u64  offset in the file, a multiple of 64
///  16   8  u64  length in bytes
///  24   8  u64  XXH64 of the section, seed = kind
/// sections, in the table's order, each at the next multiple of 64, the gaps zero
///   1  identity          UTF-8
///   2  chunks            n i64
///   3  documents         n i64
///   4  live rows         ceil(n / 64) u64: bit i % 64 of word i / 64
///   5  codes             n × (d i8, then the scale, f32)
///   6  row file          u64: number of the file that begins with the n rows
///   7  term lengths      u32 per term: bytes
///   8  term bytes        UTF-8, terms one after the other
///   9  row lengths       n u32: words of the row, as BM25 counts them
///  10  token lengths     n u32: bytes of the row's tokens
///  11  tokens            the rows' tokens one after the other (`RowTokens`), filled up with zeros to a multiple of 4 bytes
///  12  term rows         u32 per term: rows that have it, deleted ones included
///  13  graph shape       4 i32: degree, build width, entry point, highest layer    } these three or none;
///  14  graph levels      i32 per row that the graph covers: its number of layers   } as FAISS's HNSW has them
///  15  graph neighbours  i32 each, -1 for none                                     }
///  16  recall            4 u32: width of a walk that was measured, vectors it was measured with, queries among them,
///                        and the recall in millionths; absent if nothing was measured
///  17  posting rows      u32: the rows that have term 0, ascending, then those of term 1, and so on
///  18  posting counts    u16 each: how often the row has the term, at most 65,535
/// ```
/// The postings are the tokens the other way round, stored because turning them takes longest of all at an opening; every
/// statistic is computed from these. A reader takes the file only if every checksum holds, and every relation between the
/// sections that an access relies on. A newer layout gets a new version, and old ones are rebuilt from the catalog: version 1
/// held the rows in section 6, and counted terms in sections 10 to 12; version 2 had no postings, and nothing in section 12;
/// version 3 had no lineage.
package enum SnapshotFormat {
    package static let fileName = "collection.index"
    /// Name of a snapshot that is being written.
    package static let unfinishedName = ".collection.index.new"
    package static let magic: [UInt8] = Array("CTXINDEX".utf8)
    package static let version: UInt32 = 4
    static let headerBytes = 64
    static let tableEntryBytes = 32
    static let alignment = 64

    enum Section: UInt32, CaseIterable {
        case identity = 1
        case chunks, documents, live, codes, rowFile
        case termLengths, termBytes, rowLengths, entryCounts, entryTerms, termRows
        case graphShape, graphLevels, graphNeighbors
        case recall
        case postingRows, postingCounts
    }

    struct TableEntry: Equatable {
        var section: Section
        var offset: Int
        var length: Int
        var checksum: UInt64
    }

    /// The header and the longest table.
    static var longestHeader: Int { headerBytes + Section.allCases.count * tableEntryBytes }

    static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }
}
