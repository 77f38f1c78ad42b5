#ifndef CONTEXTD_LIBXML2_H
#define CONTEXTD_LIBXML2_H
#include <libxml/xmlversion.h>
// Debian's libxml2 includes ICU's headers, whose types clash with Foundation's own copy of ICU. This omits the last
// fields of xmlCharEncodingHandler, which are not used here.
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#endif
