#ifndef CONTEXTD_ZLIB_H
#define CONTEXTD_ZLIB_H
#include <zlib.h>
#endif
