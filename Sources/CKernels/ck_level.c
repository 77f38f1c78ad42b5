#include "ck_level.h"

static ck_level best_level = CK_SCALAR;
static int has_vnni = 0;
static int has_vpopcnt = 0;

#if defined(__x86_64__)
// Priority 101: runs before all other constructors, which use the result.
__attribute__((constructor(101))) static void ck_probe_level(void) {
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return;
    best_level = CK_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
        best_level = CK_AVX512;
        has_vnni = __builtin_cpu_supports("avx512vnni") ? 1 : 0;
        has_vpopcnt = __builtin_cpu_supports("avx512vpopcntdq") ? 1 : 0;
    }
}
#endif

ck_level ck_best_level(void) { return best_level; }

int ck_has_vnni(void) { return has_vnni; }

int ck_has_vpopcnt(void) { return has_vpopcnt; }
