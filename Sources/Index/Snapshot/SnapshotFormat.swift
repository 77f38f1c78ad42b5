/// The file format of a snapshot: one index in one file, except its float32 rows, which are in a separate file (`RowFormat`).
/// Version 6; all numbers are little-endian; floats are IEEE 754.
///
/// ```
/// header, 64 bytes
///   0   8  "CTXINDEX"
///   8   4  u32  format version
///  12   4  u32  number of sections, s
///  16   4  u32  number of components of a vector, d
///  20   4  u32  0
///  24   8  i64  catalog sequence number
///  32   8  u64  number of rows, n, including deleted ones
///  40   8  u64  length of the file
///  48   8  i64  lineage: the history that the sequence number belongs to
///  56   8  u64  XXH64 of bytes 0 ..< 56 followed by the section table, seed 0
/// section table, s entries of 32 bytes, ascending by kind; each kind at most once
///   0   4  u32  kind
///   4   4  u32  0
///   8   8  u64  offset in the file, a multiple of 64
///  16   8  u64  length in bytes
///  24   8  u64  XXH64 of the section, seed = kind
/// sections, in the table's order, each at the next multiple of 64; gaps are zero
///   1  identity          UTF-8
///   2  chunks            n i64
///   3  documents         n i64
///   4  live rows         ceil(n / 64) u64: bit i % 64 of word i / 64
///   5  codes             n × (d i8, then the scale, f32)
///   6  row file          u64: number of the row file, whose first n rows are the snapshot's
///   7  term lengths      u32 per term: its length in bytes
///   8  term bytes        UTF-8, concatenated
///   9  row lengths       n u32: number of words in the row, as BM25 counts them
///  10  token lengths     n u32: length of the row's tokens in bytes
///  11  tokens            the rows' tokens (`RowTokens`), concatenated, padded with zeros to a multiple of 4 bytes
///  12  term rows         u32 per term: number of rows with the term, including deleted ones
///  13  graph shape       4 i32: degree, build ef, entry point, highest layer    } all three or none;
///  14  graph levels      i32 per row that the graph covers: its number of layers   } as in FAISS's HNSW
///  15  graph neighbours  i32 each, -1 for none                                     }
///  16  recall            7 u32: measured `ef`, number of sample vectors, number of queries among them; recall and the
///                        ends of its confidence interval in millionths; rows of the graph then. Absent if recall was
///                        not measured; the first four numbers alone, as older programs wrote it, count as absent
///  17  posting rows      u32: the rows with term 0, ascending, then those with term 1, and so on
///  18  posting counts    u16 each: frequency of the term in the row, at most 65,535
/// ```
/// The postings are the inverted tokens; they are stored because inverting the tokens would dominate the time to open an index. All
/// statistics are computed from them. A reader accepts a file only if every checksum and every relation between sections that
/// later accesses rely on is correct. A layout change increases the version, and an index of an old version is rebuilt from the
/// catalog: version 1 had the rows in section 6 and term counts in sections 10 to 12; version 2 had no postings and an empty
/// section 12; version 3 had no lineage; versions 4 and 5 had other tokens.
package enum SnapshotFormat {
    package static let fileName = "collection.index"
    /// Name of a snapshot file while it is being written.
    package static let unfinishedName = ".collection.index.new"
    package static let magic: [UInt8] = Array("CTXINDEX".utf8)
    package static let version: UInt32 = 6
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

    /// Length of the header and the longest section table, in bytes.
    static var longestHeader: Int { headerBytes + Section.allCases.count * tableEntryBytes }

    static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }
}
