#ifndef CK_SPIN_H
#define CK_SPIN_H

#ifdef __cplusplus
extern "C" {
#endif

/// Tells the processor that this thread spins, waiting for another thread's store. Takes about ten nanoseconds.
static inline void ck_spin_hint(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb");
#endif
}

#ifdef __cplusplus
}
#endif

#endif
