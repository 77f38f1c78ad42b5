#ifndef CONTEXTD_OPENBLAS_H
#define CONTEXTD_OPENBLAS_H
#include <cblas.h>
#endif
