// Includes the header that CK_KERNELS names twice, each time after ck_vector.h: compiled for AVX2 with the suffix _avx2 on its names,
// and for AVX-512 with _avx512. Must be included inside `#if defined(__x86_64__)`. Undefines CK_KERNELS.

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK_W 8
#define CK_AT(name) name##_avx2
#include "ck_vector.h"
#include CK_KERNELS
#include "ck_vector_end.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#define CK_W 16
#define CK_AT(name) name##_avx512
#include "ck_vector.h"
#include CK_KERNELS
#include "ck_vector_end.h"
#pragma clang attribute pop

#undef CK_KERNELS
