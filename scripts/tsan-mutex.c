// Tells the thread sanitizer about Swift's Mutex. It sees the atomics that are compiled into the program, and not those of the
// standard library, where a thread waits for a mutex that another holds: without this, all that such a mutex guards is reported.
// scripts/tsan.sh loads it before the standard library.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define MUTEX __attribute__((swift_context)) void *mutex

typedef SWIFT void (*lock_function)(uint32_t value, MUTEX);
typedef SWIFT void (*unlock_function)(MUTEX);

static lock_function lock;
static unlock_function unlock;

extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

__attribute__((constructor)) static void find(void) {
    lock = (lock_function)dlsym(RTLD_NEXT, LOCK_SLOW);
    unlock = (unlock_function)dlsym(RTLD_NEXT, UNLOCK_SLOW);
}

SWIFT void lock_slow(uint32_t value, MUTEX) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(MUTEX) __asm__(UNLOCK_SLOW);

SWIFT void lock_slow(uint32_t value, MUTEX) {
    lock(value, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slow(MUTEX) {
    if (__tsan_release) __tsan_release(mutex);
    unlock(mutex);
}
