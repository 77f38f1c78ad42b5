#ifndef CKERNELS_H
#define CKERNELS_H

// The kernels: plain C, dispatched at run time, with a scalar version of everything.
#include "ck_bert.h"
#include "ck_float.h"
#include "ck_gemm.h"
#include "ck_gemm_int8.h"
#include "ck_level.h"
#include "ck_mapped.h"
#include "ck_prefetch.h"
#include "ck_signs.h"
#include "ck_spin.h"
#if __has_include("ck_int8.h")
#include "ck_int8.h"
#endif

#endif
