#ifndef GUARD_FILE_H
#define GUARD_FILE_H

#include <sqlite3.h>
#include <stdint.h>

#include "page_guard.h"

/// Bytes that each page reserves for its checksum.
#define TRAILER 8

/// The wrapper of an SQLite file. The file object of the original VFS follows it in memory.
typedef struct {
    sqlite3_file base;
    const char *name;
    int is_log;
    // Used for a database.
    int page_size;  // 0 until the header has been read
    int is_guarded;
    int is_unchecked;
    // Used for a log: the state of the writes since the last mark.
    int mark;  // file descriptor; -1 if not open
    int has_written;
    uint8_t salts[8];
    int log_page_size;
    int64_t frame;  // offset of the last written frame header
    uint32_t page;
    int64_t end;
    uint64_t hash;
} guard_file;

static inline sqlite3_file *inner(sqlite3_file *file) { return (sqlite3_file *)((guard_file *)file + 1); }

// The methods of a log that differ from the original ones, in log_mark.c. Symbols of this target only.
#pragma GCC visibility push(hidden)
int pg_log_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset);
int pg_log_sync(sqlite3_file *base, int flags);
int pg_log_truncate(sqlite3_file *base, sqlite3_int64 size);
/// Deletes the mark beside a log that is deleted; does nothing for another file.
void pg_log_deleted(const char *name);
#pragma GCC visibility pop

#endif
