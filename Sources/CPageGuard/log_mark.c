#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guard_file.h"
#include "page_hash.h"

// Marks beside a write-ahead log: how far it was flushed for the last commit.

#define LOG_HEADER 32
#define FRAME_HEADER 24

// Layout: 48 bytes with "CTXMARK1", salts, end, page and 4 zero bytes, hash, and the XXH64 of these 40 bytes. From byte 64 on, the XXH64
// (seed 0) of the page of each frame up to `end`: the log's own checksum shows that a frame changed, but often not where.
#define MARK_BYTES 48
#define MARK_HASHES 64

static int mark_name(const char *log, char *name, size_t capacity) {
    size_t length = strlen(log);
    if (length < 4 || length + 2 > capacity || strcmp(log + length - 4, "-wal") != 0) return 0;
    snprintf(name, capacity, "%.*s-mark", (int)(length - 4), log);
    return 1;
}

static void forget_mark(guard_file *file) {
    char name[4096];
    if (mark_name(file->name, name, sizeof name)) (void)!truncate(name, 0);
    file->has_written = 0;
}

static int has_mark(guard_file *file) {
    char name[4096];
    if (file->mark < 0 && mark_name(file->name, name, sizeof name))
        file->mark = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return file->mark >= 0;
}

static void write_frame_hash(guard_file *file, const void *page, int size, sqlite3_int64 offset) {
    if (!has_mark(file)) return;
    sqlite3_int64 frame = (offset - LOG_HEADER - FRAME_HEADER) / (FRAME_HEADER + size);
    uint64_t hash = page_hash(page, (size_t)size, 0);
    (void)!pwrite(file->mark, &hash, sizeof hash, MARK_HASHES + frame * (sqlite3_int64)sizeof hash);
}

static void write_mark(guard_file *file) {
    if (!has_mark(file)) return;
    uint8_t bytes[MARK_BYTES] = "CTXMARK1";
    memcpy(bytes + 8, file->salts, 8);
    memcpy(bytes + 16, &file->end, 8);
    memcpy(bytes + 24, &file->page, 4);
    memcpy(bytes + 32, &file->hash, 8);
    uint64_t sum = page_hash(bytes, 40, 0);
    memcpy(bytes + 40, &sum, 8);
    (void)!pwrite(file->mark, bytes, sizeof bytes, 0);
    file->has_written = 0;
}

/// Opens the mark of a database. Returns a file descriptor, -1 if there is none.
static int open_mark(const char *path) {
    char name[4096];
    if (snprintf(name, sizeof name, "%s-mark", path) >= (int)sizeof name) return -1;
    return open(name, O_RDONLY | O_CLOEXEC);
}

int pg_read_mark(const char *path, pg_mark *mark) {
    uint8_t bytes[MARK_BYTES];
    int descriptor = open_mark(path);
    if (descriptor < 0) return 0;
    ssize_t count = pread(descriptor, bytes, sizeof bytes, 0);
    close(descriptor);
    if (count != MARK_BYTES || memcmp(bytes, "CTXMARK1", 8) != 0 || page_hash(bytes, 40, 0) != word(bytes + 40)) return 0;
    memcpy(mark->salts, bytes + 8, 8);
    memcpy(&mark->end, bytes + 16, 8);
    memcpy(&mark->page, bytes + 24, 4);
    memcpy(&mark->hash, bytes + 32, 8);
    return 1;
}

int pg_read_frame_hash(const char *path, uint32_t frame, uint64_t *hash) {
    int descriptor = open_mark(path);
    if (descriptor < 0) return 0;
    ssize_t count = pread(descriptor, hash, sizeof *hash, MARK_HASHES + (off_t)(frame - 1) * (off_t)sizeof *hash);
    close(descriptor);
    return count == sizeof *hash;
}

uint64_t pg_hash(const uint8_t *bytes, size_t length) { return page_hash(bytes, length, 0); }

void pg_clear_mark(const char *path) {
    char name[4096];
    if (snprintf(name, sizeof name, "%s-mark", path) < (int)sizeof name) (void)!truncate(name, 0);
}

static uint32_t big32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

/// Reads the salts of the following frames, and the page size, from the log header.
static void begin_frames(guard_file *file) {
    uint8_t header[LOG_HEADER];
    sqlite3_file *real = inner(&file->base);
    file->log_page_size = 0;
    if (real->pMethods->xRead(real, header, sizeof header, 0) != SQLITE_OK) return;
    file->log_page_size = (int)big32(header + 8);
    memcpy(file->salts, header + 16, 8);
}

int pg_log_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    guard_file *file = (guard_file *)base;
    sqlite3_file *real = inner(base);
    int code = real->pMethods->xWrite(real, bytes, count, offset);
    if (code != SQLITE_OK || offset < LOG_HEADER) return code;
    if (!file->has_written) begin_frames(file);
    file->has_written = 1;
    int size = file->log_page_size;
    if (count == FRAME_HEADER) {
        file->frame = offset;
        file->end = offset + FRAME_HEADER + size;
        file->page = 0;
        file->hash = big32(bytes);  // holds the page number until the page is written
    } else if (count == size) {
        int follows = offset == file->frame + FRAME_HEADER && file->page == 0;
        uint32_t page = follows ? (uint32_t)file->hash : 0;
        file->end = offset + count;
        file->page = page;
        file->hash = page ? page_hash(bytes, count - TRAILER, 0) : 0;
        write_frame_hash(file, bytes, count, offset);
    }
    return SQLITE_OK;
}

int pg_log_sync(sqlite3_file *base, int flags) {
    guard_file *file = (guard_file *)base;
    sqlite3_file *real = inner(base);
    int code = real->pMethods->xSync(real, flags);
    if (code == SQLITE_OK && file->has_written && file->log_page_size >= 512) write_mark(file);
    return code;
}

int pg_log_truncate(sqlite3_file *base, sqlite3_int64 size) {
    if (size == 0) forget_mark((guard_file *)base);
    sqlite3_file *real = inner(base);
    return real->pMethods->xTruncate(real, size);
}

void pg_log_deleted(const char *name) {
    char mark[4096];
    if (mark_name(name, mark, sizeof mark)) unlink(mark);
}
