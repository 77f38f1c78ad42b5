#ifndef CKERNELS_H
#define CKERNELS_H

// The kernels: plain C with runtime dispatch. Each kernel has a scalar version.
#include "ck_bert.h"
#include "ck_float.h"
#include "ck_gemm.h"
#include "ck_gemm_int8.h"
#include "ck_level.h"
#include "ck_mapped.h"
#include "ck_prefetch.h"
#include "ck_binary_codes.h"
#include "ck_spin.h"
#if __has_include("ck_int8.h")
#include "ck_int8.h"
#endif

#endif
