#ifndef CONTEXTD_ARCHIVE_H
#define CONTEXTD_ARCHIVE_H
#include <archive.h>
#include <archive_entry.h>
#endif
