#ifndef CK_LEVEL_H
#define CK_LEVEL_H

#ifdef __cplusplus
extern "C" {
#endif

/// Instruction set levels, lowest first. A level includes the previous ones.
/// CK_AVX2 means AVX2 and FMA; CK_AVX512 also means AVX-512 F, BW, DQ and VL.
typedef enum { CK_SCALAR = 0, CK_AVX2 = 1, CK_AVX512 = 2 } ck_level;

/// Returns the highest level that the processor and the operating system support. Detected once, before `main`.
ck_level ck_best_level(void);

/// Returns whether the 512-bit and 256-bit VNNI instructions (`vpdpbusd`) are available; 1 only at CK_AVX512.
int ck_has_vnni(void);

/// Returns whether bits can be counted in 512-bit vectors (`vpopcntq`); 1 only at CK_AVX512.
int ck_has_vpopcnt(void);

#ifdef __cplusplus
}
#endif

#endif
