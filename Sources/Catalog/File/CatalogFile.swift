internal import CPageGuard
import Foundation
import GRDB

/// The catalog's file below SQLite: its page checksums, and the mark of its log.
///
/// Every page of the file ends in a checksum, which is computed when SQLite writes the page and compared when SQLite reads it
/// (`CPageGuard`). `Sources/CPageGuard/include/page_guard.h` describes the format.
struct CatalogFile {
    let url: URL

    var log: URL { URL(filePath: url.path + "-wal") }

    /// Makes all databases that this process opens from now on use the checksums.
    static func register() throws { try check(pg_register()) }

    /// Makes a new database reserve space for checksums.
    static func reserveRoom(_ db: Database) throws {
        guard let connection = db.sqliteConnection else { return }
        try check(pg_reserve(UnsafeMutableRawPointer(connection)))
    }

    /// Recomputes all checksums. The log must be empty, and the caller must hold the write lock.
    static func seal(_ db: Database) throws {
        guard let connection = db.sqliteConnection else { return }
        try check(pg_seal(UnsafeMutableRawPointer(connection)))
    }

    /// Runs `body` without verifying the pages that it reads.
    static func withoutChecking<Value>(_ db: Database, _ body: () throws -> Value) throws -> Value {
        guard let connection = db.sqliteConnection else { return try body() }
        let pointer = UnsafeMutableRawPointer(connection)
        try check(pg_set_checking(pointer, 0))
        defer { _ = pg_set_checking(pointer, 1) }
        return try body()
    }

    /// The properties of a file, from its header.
    struct Summary: Equatable {
        let pageBytes: Int
        let pages: Int
        let hasChecksums: Bool
        /// Whether a program other than contextd wrote the file last, for example to make a backup. The checksums are then outdated.
        let isForeign: Bool

        init(_ summary: pg_summary) {
            (pageBytes, pages) = (Int(summary.page_size), Int(summary.pages))
            (hasChecksums, isForeign) = (summary.is_guarded != 0, summary.is_foreign != 0)
        }
    }

    /// Returns the summary; `nil` for an empty or a missing file.
    ///
    /// - Throws: `.notADatabase` if the file has no SQLite header.
    func summary() throws -> Summary? {
        var summary = pg_summary()
        let code = pg_inspect(url.path, &summary)
        if ResultCode(rawValue: code) == .SQLITE_CANTOPEN { return nil }
        try Self.check(code)
        return summary.pages == 0 ? nil : Summary(summary)
    }

    /// Reads and verifies every page.
    ///
    /// - Returns: the numbers of corrupt pages, at most 1,000, and their count.
    func scan() throws -> (damaged: [Int], count: Int) {
        var (damaged, count, summary) = ([UInt32](repeating: 0, count: 1000), Int32(0), pg_summary())
        try Self.check(pg_scan(url.path, &damaged, Int32(damaged.count), &count, &summary))
        return (damaged.prefix(Int(count)).map(Int.init), Int(count))
    }

    /// The end of the log as flushed for the last commit.
    struct Mark: Equatable {
        let salts: [UInt8]
        let end: Int
        /// The last page of the commit and its hash; `nil` if they are unknown.
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

    /// Returns the page hash that the mark holds for a frame of its log; frames count from 1.
    func hashOfFrame(_ frame: Int) -> UInt64? {
        var hash: UInt64 = 0
        return pg_read_frame_hash(url.path, UInt32(clamping: frame), &hash) == 1 ? hash : nil
    }

    static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.withUnsafeBufferPointer { pg_hash($0.baseAddress, $0.count) } }

    func clearMark() { pg_clear_mark(url.path) }

    /// Returns whether the database file already contains the last page of the mark's commit, so that the commit no longer needs the log;
    /// `nil` if this is unknown.
    func holds(_ mark: Mark) -> Bool? {
        guard let page = mark.page else { return nil }
        var hash: UInt64 = 0
        return pg_page_hash(url.path, page.number, &hash) == 0 && hash == page.hash
    }

    private static func check(_ code: Int32) throws {
        guard code == 0 else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}
