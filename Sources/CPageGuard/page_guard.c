#include "page_guard.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard_file.h"
#include "page_hash.h"

#define SET_CHECKING 0x43545801

static sqlite3_vfs *original;
static sqlite3_vfs layer;
static sqlite3_io_methods database_methods, log_methods;

// MARK: Checksums

/// Offsets and lengths of those parts of the header that other programs change when they copy a database.
static const int copied[][2] = {{18, 2}, {24, 4}, {40, 4}, {92, 8}};

static uint64_t checksum(const uint8_t *page, int size, uint32_t number) {
    if (number != 1) return page_hash(page, size - TRAILER, number);
    uint8_t parts[32] = {0}, masked[65536];
    int used = 0;
    memcpy(masked, page, size);
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        const int at = copied[i][0], count = copied[i][1];
        memcpy(parts + used, page + at, count);
        used += count;
        memset(masked + at, 0, count);
    }
    return (page_hash(parts, sizeof parts, 1) & 0xFFFFFFFF00000000ULL) |
           (page_hash(masked, size - TRAILER, 1) & 0xFFFFFFFFULL);
}

static pg_state compare(const uint8_t *page, int size, uint32_t number) {
    uint64_t stored = word(page + size - TRAILER), right = checksum(page, size, number);
    if (stored == right) return PG_SOUND;
    return number == 1 && (stored ^ right) >> 32 ? PG_FOREIGN : PG_DAMAGED;
}

static int is_header(const uint8_t *p, int count) { return count >= 100 && memcmp(p, "SQLite format 3", 16) == 0; }

static int header_page_size(const uint8_t *p) {
    int size = p[16] << 8 | p[17];
    return size == 1 ? 65536 : size;
}

static void learn(guard_file *file, const uint8_t *header) {
    int size = header_page_size(header);
    if (size < 512 || (size & (size - 1))) return;
    file->page_size = size;
    file->is_guarded = header[20] == TRAILER;
}

/// Reads the database header if it has not been read yet.
static void look(guard_file *file) {
    uint8_t header[100];
    sqlite3_file *real = inner(&file->base);
    if (file->page_size || real->pMethods->xRead(real, header, sizeof header, 0) != SQLITE_OK) return;
    if (is_header(header, sizeof header)) learn(file, header);
}

static int is_page(guard_file *file, int count, sqlite3_int64 offset) {
    if (count < 512 || (count & (count - 1))) return 0;
    if (!file->page_size) look(file);
    return file->is_guarded && count == file->page_size && offset % count == 0;
}

// MARK: Databases

static int database_read(sqlite3_file *base, void *buffer, int count, sqlite3_int64 offset) {
    guard_file *file = (guard_file *)base;
    sqlite3_file *real = inner(base);
    int code = real->pMethods->xRead(real, buffer, count, offset);
    if (code != SQLITE_OK) return code;
    if (offset == 0 && is_header(buffer, count)) learn(file, buffer);
    if (file->is_unchecked || !is_page(file, count, offset)) return SQLITE_OK;
    uint32_t number = (uint32_t)(offset / count) + 1;
    for (int attempt = 0; compare(buffer, count, number) == PG_DAMAGED; attempt++) {
        // Another process may be writing the page right now, and a reader of an older snapshot can see the partial write.
        if (attempt == 3) {
            sqlite3_log(SQLITE_IOERR_DATA, "page %u of \"%s\" does not match its checksum", number, file->name);
            return SQLITE_IOERR_DATA;
        }
        usleep(500);
        code = real->pMethods->xRead(real, buffer, count, offset);
        if (code != SQLITE_OK) return code;
    }
    return SQLITE_OK;
}

static int database_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    guard_file *file = (guard_file *)base;
    sqlite3_file *real = inner(base);
    if (offset == 0 && is_header(bytes, count)) learn(file, bytes);
    if (!is_page(file, count, offset)) return real->pMethods->xWrite(real, bytes, count, offset);
    uint8_t page[65536];
    memcpy(page, bytes, count);
    uint64_t sum = checksum(page, count, (uint32_t)(offset / count) + 1);
    memcpy(page + count - TRAILER, &sum, TRAILER);
    return real->pMethods->xWrite(real, page, count, offset);
}

static int database_control(sqlite3_file *base, int operation, void *argument) {
    if (operation == SET_CHECKING) {
        ((guard_file *)base)->is_unchecked = !*(int *)argument;
        return SQLITE_OK;
    }
    sqlite3_file *real = inner(base);
    return real->pMethods->xFileControl(real, operation, argument);
}

// MARK: Databases and logs

static int guard_close(sqlite3_file *base) {
    guard_file *file = (guard_file *)base;
    if (file->is_log && file->mark >= 0) close(file->mark);
    file->mark = -1;
    sqlite3_file *real = inner(base);
    return real->pMethods->xClose(real);
}

#define FORWARD(name, parameters, ...)                       \
    static int guard_##name parameters {                     \
        sqlite3_file *real = inner(base);                    \
        return real->pMethods->x##name(real, ##__VA_ARGS__); \
    }
FORWARD(Read, (sqlite3_file * base, void *buffer, int count, sqlite3_int64 offset), buffer, count, offset)
FORWARD(Write, (sqlite3_file * base, const void *bytes, int count, sqlite3_int64 offset), bytes, count, offset)
FORWARD(Truncate, (sqlite3_file * base, sqlite3_int64 size), size)
FORWARD(Sync, (sqlite3_file * base, int flags), flags)
FORWARD(FileSize, (sqlite3_file * base, sqlite3_int64 *size), size)
FORWARD(Lock, (sqlite3_file * base, int level), level)
FORWARD(Unlock, (sqlite3_file * base, int level), level)
FORWARD(CheckReservedLock, (sqlite3_file * base, int *result), result)
FORWARD(FileControl, (sqlite3_file * base, int operation, void *argument), operation, argument)
FORWARD(SectorSize, (sqlite3_file * base))
FORWARD(DeviceCharacteristics, (sqlite3_file * base))
FORWARD(ShmMap, (sqlite3_file * base, int page, int size, int extend, void volatile **memory), page, size, extend, memory)
FORWARD(ShmLock, (sqlite3_file * base, int offset, int count, int flags), offset, count, flags)
FORWARD(ShmUnmap, (sqlite3_file * base, int deletes), deletes)

static void guard_ShmBarrier(sqlite3_file *base) {
    sqlite3_file *real = inner(base);
    real->pMethods->xShmBarrier(real);
}

static int guard_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out) {
    (void)vfs;
    int is_log = (flags & SQLITE_OPEN_WAL) != 0;
    if (!name || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
        return original->xOpen(original, name, base, flags, out);
    guard_file *file = (guard_file *)base;
    memset(file, 0, sizeof *file);
    file->mark = -1;
    file->name = name;
    file->is_log = is_log;
    int code = original->xOpen(original, name, inner(base), flags, out);
    // SQLite calls xClose only if pMethods is set.
    if (inner(base)->pMethods) file->base.pMethods = is_log ? &log_methods : &database_methods;
    return code;
}

static int guard_delete(sqlite3_vfs *vfs, const char *name, int synchronously) {
    (void)vfs;
    pg_log_deleted(name);
    return original->xDelete(original, name, synchronously);
}

static void fill(sqlite3_io_methods *methods) {
    // Version 2, because version 3 adds memory mapping, which would read pages without checking them.
    *methods = (sqlite3_io_methods){
        .iVersion = 2,
        .xClose = guard_close,
        .xRead = guard_Read,
        .xWrite = guard_Write,
        .xTruncate = guard_Truncate,
        .xSync = guard_Sync,
        .xFileSize = guard_FileSize,
        .xLock = guard_Lock,
        .xUnlock = guard_Unlock,
        .xCheckReservedLock = guard_CheckReservedLock,
        .xFileControl = guard_FileControl,
        .xSectorSize = guard_SectorSize,
        .xDeviceCharacteristics = guard_DeviceCharacteristics,
        .xShmMap = guard_ShmMap,
        .xShmLock = guard_ShmLock,
        .xShmBarrier = guard_ShmBarrier,
        .xShmUnmap = guard_ShmUnmap,
    };
}

static int registered = SQLITE_ERROR;

static void do_register(void) {
    original = sqlite3_vfs_find(NULL);
    if (!original) return;
    fill(&database_methods);
    database_methods.xRead = database_read;
    database_methods.xWrite = database_write;
    database_methods.xFileControl = database_control;
    fill(&log_methods);
    log_methods.xWrite = pg_log_write;
    log_methods.xSync = pg_log_sync;
    log_methods.xTruncate = pg_log_truncate;
    // The other VFS functions are the original ones; they access only VFS fields that are copied here.
    layer = *original;
    layer.pNext = NULL;
    layer.zName = "contextd-page-guard";
    layer.szOsFile = (int)sizeof(guard_file) + original->szOsFile;
    layer.xOpen = guard_open;
    layer.xDelete = guard_delete;
    registered = sqlite3_vfs_register(&layer, 1);
}

int pg_register(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int code = sqlite3_initialize();
    if (code != SQLITE_OK) return code;
    pthread_once(&once, do_register);
    return registered;
}

// MARK: Connections

int pg_reserve(void *connection) {
    int count = TRAILER;
    return sqlite3_file_control(connection, "main", SQLITE_FCNTL_RESERVE_BYTES, &count);
}

int pg_set_checking(void *connection, int is_on) { return sqlite3_file_control(connection, "main", SET_CHECKING, &is_on); }

/// Returns whether the page contains the lock bytes; SQLite neither reads nor writes that page.
static int is_lock_page(uint32_t number, int size) { return number == 0x40000000u / (uint32_t)size + 1; }

int pg_seal(void *connection) {
    sqlite3_file *base = NULL;
    int code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &base);
    if (code != SQLITE_OK || !base || base->pMethods != &database_methods) return code == SQLITE_OK ? SQLITE_MISUSE : code;
    guard_file *file = (guard_file *)base;
    file->page_size = 0;
    look(file);
    if (!file->is_guarded) return SQLITE_MISUSE;
    sqlite3_file *real = inner(base);
    sqlite3_int64 length = 0;
    code = real->pMethods->xFileSize(real, &length);
    uint8_t page[65536];
    int size = file->page_size;
    for (sqlite3_int64 number = length / size; code == SQLITE_OK && number > 0; number--) {
        if (is_lock_page((uint32_t)number, size)) continue;
        code = real->pMethods->xRead(real, page, size, (number - 1) * size);
        // The first page is written last, after the others are on disk; until then the file counts as foreign.
        if (code == SQLITE_OK && number == 1) code = real->pMethods->xSync(real, SQLITE_SYNC_NORMAL);
        if (code == SQLITE_OK) code = database_write(base, page, size, (number - 1) * size);
    }
    return code == SQLITE_OK ? real->pMethods->xSync(real, SQLITE_SYNC_NORMAL) : code;
}

// MARK: Files

typedef struct {
    char *path;
    guard_file *file;
} opened;

/// Opens the file through the VFS, because closing a descriptor opened otherwise would drop the process's locks on the file.
static int open_file(const char *path, opened *result) {
    int code = pg_register();
    if (code != SQLITE_OK) return code;
    result->path = (char *)sqlite3_create_filename(path, "", "", 0, NULL);
    result->file = calloc(1, (size_t)layer.szOsFile);
    if (!result->path || !result->file) code = SQLITE_NOMEM;
    int out = 0;
    if (code == SQLITE_OK)
        code = layer.xOpen(&layer, result->path, &result->file->base, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, &out);
    return code;
}

static void close_file(opened *file) {
    if (file->file && file->file->base.pMethods) file->file->base.pMethods->xClose(&file->file->base);
    free(file->file);
    sqlite3_free_filename(file->path);
}

static int summarize(guard_file *file, pg_summary *summary) {
    uint8_t page[65536];
    sqlite3_file *real = inner(&file->base);
    sqlite3_int64 length = 0;
    int code = real->pMethods->xFileSize(real, &length);
    memset(summary, 0, sizeof *summary);
    if (code != SQLITE_OK || length == 0) return code;
    look(file);
    if (!file->page_size || length < file->page_size) return SQLITE_NOTADB;
    code = real->pMethods->xRead(real, page, file->page_size, 0);
    if (code != SQLITE_OK) return code;
    summary->page_size = (uint32_t)file->page_size;
    summary->pages = (uint32_t)(length / file->page_size);
    summary->is_guarded = file->is_guarded;
    summary->is_foreign = file->is_guarded && compare(page, file->page_size, 1) == PG_FOREIGN;
    return SQLITE_OK;
}

int pg_inspect(const char *path, pg_summary *summary) {
    opened file = {0};
    int code = open_file(path, &file);
    if (code == SQLITE_OK) code = summarize(file.file, summary);
    close_file(&file);
    return code;
}

static int is_zero(const uint8_t *page, int size) { return page[0] == 0 && memcmp(page, page + 1, (size_t)size - 1) == 0; }

int pg_scan(const char *path, uint32_t *damaged, int capacity, int *count, pg_summary *summary) {
    opened file = {0};
    *count = 0;
    int code = open_file(path, &file);
    if (code == SQLITE_OK) code = summarize(file.file, summary);
    uint8_t page[65536];
    int size = (int)summary->page_size;
    sqlite3_file *real = file.file ? inner(&file.file->base) : NULL;
    for (uint32_t number = 1; code == SQLITE_OK && summary->is_guarded && number <= summary->pages; number++) {
        if (is_lock_page(number, size)) continue;
        pg_state state = PG_DAMAGED;
        for (int attempt = 0; attempt < 5 && state == PG_DAMAGED && code == SQLITE_OK; attempt++) {
            if (attempt) usleep(2000);
            code = real->pMethods->xRead(real, page, size, (sqlite3_int64)(number - 1) * size);
            // A page that was never written is not corrupt; integrity_check decides whether it may be empty.
            state = number > 1 && is_zero(page, size) ? PG_SOUND : compare(page, size, number);
        }
        if (code == SQLITE_IOERR_SHORT_READ) {
            code = SQLITE_OK;  // the file was truncated meanwhile
            break;
        }
        if (code != SQLITE_OK || state == PG_DAMAGED) {
            if (*count < capacity) damaged[*count] = number;
            ++*count;
            code = SQLITE_OK;  // an unreadable page counts as corrupt
        }
    }
    close_file(&file);
    return code;
}

int pg_page_hash(const char *path, uint32_t number, uint64_t *hash) {
    opened file = {0};
    pg_summary summary;
    uint8_t page[65536];
    int code = open_file(path, &file);
    if (code == SQLITE_OK) code = summarize(file.file, &summary);
    if (code == SQLITE_OK && (number == 0 || number > summary.pages)) code = SQLITE_NOTFOUND;
    if (code == SQLITE_OK) {
        sqlite3_file *real = inner(&file.file->base);
        code = real->pMethods->xRead(real, page, (int)summary.page_size, (sqlite3_int64)(number - 1) * summary.page_size);
    }
    if (code == SQLITE_OK) *hash = page_hash(page, summary.page_size - TRAILER, 0);
    close_file(&file);
    return code;
}
