#ifndef CK_LEVEL_H
#define CK_LEVEL_H

#ifdef __cplusplus
extern "C" {
#endif

/// What the processor can do, lowest first: a level includes the ones before it.
/// CK_AVX2 means AVX2 and FMA; CK_AVX512 means F, BW, DQ and VL besides.
typedef enum { CK_SCALAR = 0, CK_AVX2 = 1, CK_AVX512 = 2 } ck_level;

/// The highest level of this processor and its operating system; probed once, before `main`.
ck_level ck_best_level(void);

/// Whether the 512-bit and 256-bit VNNI instructions (`vpdpbusd`) can be used; only ever 1 at CK_AVX512.
int ck_has_vnni(void);

/// Whether bits can be counted in 512-bit vectors (`vpopcntq`); only ever 1 at CK_AVX512.
int ck_has_vpopcnt(void);

#ifdef __cplusplus
}
#endif

#endif
