#ifndef CONTEXTD_LIBXML2_H
#define CONTEXTD_LIBXML2_H
#include <libxml/xmlversion.h>
// Debian's libxml2 includes ICU's headers, whose types clash with Foundation's own copy of ICU. What is left out by this
// is a tail of xmlCharEncodingHandler that is not used here.
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#endif
