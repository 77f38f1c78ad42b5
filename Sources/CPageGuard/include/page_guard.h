#ifndef PAGE_GUARD_H
#define PAGE_GUARD_H

#include <stddef.h>
#include <stdint.h>

/// Checksums for the pages of an SQLite database, as a shim between SQLite and its default VFS.
///
/// A database takes part if each of its pages reserves 8 bytes at its end (byte 20 of the header). The shim stores a checksum there,
/// little-endian, when a page is written to the database file, and compares it when the page is read; a mismatch fails with
/// SQLITE_IOERR_DATA. Other databases pass through unchanged, and so do the frames of a write-ahead log, which have their own checksums.
///
/// Page n > 1: XXH64 of the page without its last 8 bytes, seed n.
/// Page 1: the upper half covers those parts of the header that other programs change when they copy a database (bytes 18, 19, 24–27,
/// 40–43 and 92–99); the lower half covers the page with these parts set to zero.
///
/// Beside a write-ahead log, in NAME-mark, the shim records how far the log was flushed for the last commit, so that a later start can
/// distinguish a truncated log from one that was never longer. The record is written but not flushed: it may be behind, never ahead.

/// Makes the shim the process's default VFS. Repeated calls do nothing.
///
/// Returns an SQLite result code.
int pg_register(void);

/// Makes a new database, or one that VACUUM will rewrite, reserve the checksum bytes. `connection` is a `sqlite3 *`.
int pg_reserve(void *connection);

/// Recomputes every page's checksum, from the last page to the first. All data must be in the database file (the log must be empty), and
/// the caller must hold the write lock.
int pg_seal(void *connection);

/// Turns the checksum comparison off (0) or on (1) for one connection.
int pg_set_checking(void *connection, int is_on);

typedef enum { PG_SOUND = 0, PG_DAMAGED = 1, PG_FOREIGN = 2, PG_ABSENT = 3 } pg_state;

typedef struct {
    uint32_t page_size;
    uint32_t pages;
    /// Whether pages have checksums.
    int is_guarded;
    /// Whether another program, without this shim, wrote the header, for example to copy the database.
    int is_foreign;
} pg_summary;

/// Reads the header. Returns an SQLite result code; SQLITE_NOTADB if the file is not a database.
int pg_inspect(const char *path, pg_summary *summary);

/// Reads every page. Stores the numbers of the first `capacity` corrupt pages in `damaged`, and the number of all of them in `count`. Safe
/// beside connections of this and other processes: pages that differ are read again for a few milliseconds.
int pg_scan(const char *path, uint32_t *damaged, int capacity, int *count, pg_summary *summary);

/// Computes the XXH64, seed 0, of page `number` without its last 8 bytes, as a mark stores it for the last page of a commit.
int pg_page_hash(const char *path, uint32_t number, uint64_t *hash);

typedef struct {
    uint8_t salts[8];
    /// Length of the log up to the end of the last flushed commit, in bytes.
    int64_t end;
    /// The last page of that commit and its `pg_page_hash`; both are 0 if unknown.
    uint32_t page;
    uint64_t hash;
} pg_mark;

/// Reads the mark of a database. Returns 1 if there is one, otherwise 0.
int pg_read_mark(const char *path, pg_mark *mark);

/// Reads the stored `pg_hash` of the page of a frame, counted from 1; valid for this log only up to the mark's `end`. Returns 1 if found.
int pg_read_frame_hash(const char *path, uint32_t frame, uint64_t *hash);

/// Returns the XXH64, seed 0, of at least 32 bytes.
uint64_t pg_hash(const uint8_t *bytes, size_t length);

/// Erases the mark.
void pg_clear_mark(const char *path);

#endif
