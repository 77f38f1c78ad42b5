internal import CPageGuard
import Foundation
import GRDB

/// The catalog's file below SQLite: checksums of its pages, and the mark of its log.
///
/// Every page of the file ends in a checksum, which is computed when the page is written and compared when it is read
/// (`CPageGuard`). The format is in `Sources/CPageGuard/include/page_guard.h`.
struct CatalogFile {
    let url: URL

    var log: URL { URL(filePath: url.path + "-wal") }

    /// Has all databases that this process opens from now on pass through the checksums.
    static func register() throws {
        let code = pg_register()
        guard code == 0 else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    /// Has a new database reserve room for checksums.
    static func reserveRoom(_ db: Database) throws {
        guard let connection = db.sqliteConnection else { return }
        try check(pg_reserve(UnsafeMutableRawPointer(connection)))
    }

    /// Computes all checksums anew. The log is empty, and the caller holds the write lock.
    static func seal(_ db: Database) throws {
        guard let connection = db.sqliteConnection else { return }
        try check(pg_seal(UnsafeMutableRawPointer(connection)))
    }

    /// Runs `body` without comparing the pages that it reads.
    static func withoutChecking<Value>(_ db: Database, _ body: () throws -> Value) throws -> Value {
        guard let connection = db.sqliteConnection else { return try body() }
        let pointer = UnsafeMutableRawPointer(connection)
        try check(pg_set_checking(pointer, 0))
        defer { _ = pg_set_checking(pointer, 1) }
        return try body()
    }

    /// What the header says of a file.
    struct Summary: Equatable {
        let pageBytes: Int
        let pages: Int
        let hasChecksums: Bool
        /// Whether another program than contextd wrote the file last, as when it made a backup: its checksums are then not those of its pages.
        let isForeign: Bool

        init(_ summary: pg_summary) {
            (pageBytes, pages) = (Int(summary.page_size), Int(summary.pages))
            (hasChecksums, isForeign) = (summary.is_guarded != 0, summary.is_foreign != 0)
        }
    }

    /// `nil` for an empty or a missing file.
    ///
    /// - Throws: `.notADatabase` for what has no header of SQLite's.
    func summary() throws -> Summary? {
        var summary = pg_summary()
        let code = pg_inspect(url.path, &summary)
        if ResultCode(rawValue: code) == .SQLITE_CANTOPEN { return nil }
        try Self.check(code)
        return summary.pages == 0 ? nil : Summary(summary)
    }

    /// Reads every page.
    ///
    /// - Returns: the numbers of damaged pages, at most 1,000 of them, and how many there are.
    func scan() throws -> (damaged: [Int], count: Int) {
        var (damaged, count, summary) = ([UInt32](repeating: 0, count: 1000), Int32(0), pg_summary())
        try Self.check(pg_scan(url.path, &damaged, Int32(damaged.count), &count, &summary))
        return (damaged.prefix(Int(count)).map(Int.init), Int(count))
    }

    /// How far the log was flushed for the last commit.
    struct Mark: Equatable {
        let salts: [UInt8]
        let end: Int
        /// The last page of the commit and its hash; `nil` where they are not known.
        let page: (number: UInt32, hash: UInt64)?

        static func == (a: Mark, b: Mark) -> Bool {
            a.salts == b.salts && a.end == b.end && a.page?.number == b.page?.number && a.page?.hash == b.page?.hash
        }
    }

    func mark() -> Mark? {
        var mark = pg_mark()
        guard pg_read_mark(url.path, &mark) == 1 else { return nil }
        let salts = withUnsafeBytes(of: mark.salts) { Array($0) }
        return Mark(salts: salts, end: Int(mark.end), page: mark.page == 0 ? nil : (mark.page, mark.hash))
    }

    /// What the mark holds of a frame of its log, from 1: `hash` of its page.
    func hashOfFrame(_ frame: Int) -> UInt64? {
        var hash: UInt64 = 0
        return pg_read_frame_hash(url.path, UInt32(clamping: frame), &hash) == 1 ? hash : nil
    }

    static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.withUnsafeBufferPointer { pg_hash($0.baseAddress, $0.count) } }

    func clearMark() { pg_clear_mark(url.path) }

    /// Whether the database file itself holds the last page of the mark's commit: then the commit needs no log any more. `nil` where this
    /// cannot be told.
    func holds(_ mark: Mark) -> Bool? {
        guard let page = mark.page else { return nil }
        var hash: UInt64 = 0
        return pg_page_hash(url.path, page.number, &hash) == 0 && hash == page.hash
    }

    private static func check(_ code: Int32) throws {
        guard code == 0 else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}
