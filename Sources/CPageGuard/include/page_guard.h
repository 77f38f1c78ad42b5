#ifndef PAGE_GUARD_H
#define PAGE_GUARD_H

#include <stddef.h>
#include <stdint.h>

/// Checksums for the pages of an SQLite database, as a layer between SQLite and its own file access (a VFS shim).
///
/// A database takes part if each of its pages reserves 8 bytes at its end (byte 20 of the header). Whatever is written to the database
/// file gets a checksum there, little-endian; whatever is read from it is compared, and a page that differs fails with
/// SQLITE_IOERR_DATA. Other databases pass through unchanged, and so do the frames of a write-ahead log, which have checksums of their own.
///
/// Page n > 1: XXH64 of the page without its last 8 bytes, seed n.
/// Page 1: in the upper half the same for the parts of the header that programs change without these checksums when they copy a database
/// (bytes 18, 19, 24–27, 40–43 and 92–99); in the lower half that of the page with these parts set to zero.
///
/// Beside a write-ahead log, in NAME-mark, the layer notes how far the log was flushed for the last commit, so that a later start can
/// tell a log that ends early from one that was never longer. The note is written and not flushed: it may be behind, never ahead.

/// Makes the layer the process's default VFS. Calling it again does nothing.
///
/// Returns an SQLite result code.
int pg_register(void);

/// Has a new database, or one that VACUUM rewrites, reserve the room. `connection` is a `sqlite3 *`.
int pg_reserve(void *connection);

/// Computes every page's checksum anew, from the last page to the first. Everything must be in the database file (an empty log), and the
/// caller holds the write lock.
int pg_seal(void *connection);

/// Turns the comparison off (0) or on (1) for one connection.
int pg_set_checking(void *connection, int is_on);

typedef enum { PG_SOUND = 0, PG_DAMAGED = 1, PG_FOREIGN = 2, PG_ABSENT = 3 } pg_state;

typedef struct {
    uint32_t page_size;
    uint32_t pages;
    /// Whether pages have checksums.
    int is_guarded;
    /// Whether the header was written without this layer: by another program, as when it copies the database.
    int is_foreign;
} pg_summary;

/// Reads the header. Returns an SQLite result code; SQLITE_NOTADB where the file is no database.
int pg_inspect(const char *path, pg_summary *summary);

/// Reads every page; `damaged` gets the numbers of the first `capacity` that differ, `count` how many there are. Safe beside connections of
/// this and other processes: what differs is read again for a moment.
int pg_scan(const char *path, uint32_t *damaged, int capacity, int *count, pg_summary *summary);

/// XXH64, seed 0, of page `number` without its last 8 bytes: what a mark holds of the last page of a commit.
int pg_page_hash(const char *path, uint32_t number, uint64_t *hash);

typedef struct {
    uint8_t salts[8];
    /// Bytes of the log up to the end of the last commit that was flushed.
    int64_t end;
    /// The last page of that commit and what `pg_page_hash` gives for it; 0 where it is not known.
    uint32_t page;
    uint64_t hash;
} pg_mark;

/// Reads the mark of a database. 1 if there is one.
int pg_read_mark(const char *path, pg_mark *mark);

/// What the mark holds of the page of a frame, from 1: `pg_hash` of it. Of this log only up to the mark's `end`. 1 if there is something.
int pg_read_frame_hash(const char *path, uint32_t frame, uint64_t *hash);

/// XXH64, seed 0, of at least 32 bytes.
uint64_t pg_hash(const uint8_t *bytes, size_t length);

/// Forgets the mark.
void pg_clear_mark(const char *path);

#endif
