#ifndef CPDFIUM_LIBRARY_H
#define CPDFIUM_LIBRARY_H

#include "CPDFium.h"

/// PDFium's own order of a rectangle's sides.
typedef struct {
    float left, top, right, bottom;
} cp_rect_ltrb;

// The functions of PDFium's public interface that are used: X(result, name, parameters).
typedef struct {
    float a, b, c, d, e, f;
} cp_matrix;

typedef struct {
    int version;
    const char **font_paths;
    void *isolate;
    unsigned int slot;
    void *platform;
    int renderer;
    // Later versions read more only if `version` says so.
    void *reserved[8];
} cp_config;

#define CP_FUNCTIONS(X)                                                                           \
    X(void, FPDF_InitLibraryWithConfig, (const cp_config *))                                      \
    X(void *, FPDF_LoadMemDocument64, (const void *, size_t, const char *))                       \
    X(unsigned long, FPDF_GetLastError, (void))                                                   \
    X(void, FPDF_CloseDocument, (void *))                                                         \
    X(int, FPDF_GetPageCount, (void *))                                                           \
    X(void *, FPDF_LoadPage, (void *, int))                                                       \
    X(void, FPDF_ClosePage, (void *))                                                             \
    X(float, FPDF_GetPageWidthF, (void *))                                                        \
    X(float, FPDF_GetPageHeightF, (void *))                                                       \
    X(int, FPDFPage_GetRotation, (void *))                                                        \
    X(int, FPDF_GetPageBoundingBox, (void *, cp_rect_ltrb *))                                     \
    X(unsigned long, FPDF_GetPageLabel, (void *, int, void *, unsigned long))                     \
    X(unsigned long, FPDF_GetMetaText, (void *, const char *, void *, unsigned long))             \
    X(void *, FPDFText_LoadPage, (void *))                                                        \
    X(void, FPDFText_ClosePage, (void *))                                                         \
    X(int, FPDFText_CountChars, (void *))                                                         \
    X(unsigned int, FPDFText_GetUnicode, (void *, int))                                           \
    X(void *, FPDFText_GetTextObject, (void *, int))                                              \
    X(int, FPDFText_GetCharOrigin, (void *, int, double *, double *))                             \
    X(int, FPDFText_GetLooseCharBox, (void *, int, cp_rect_ltrb *))                               \
    X(int, FPDFText_GetMatrix, (void *, int, cp_matrix *))                                        \
    X(double, FPDFText_GetFontSize, (void *, int))                                                \
    X(void *, FPDFTextObj_GetFont, (void *))                                                      \
    X(int, FPDFTextObj_GetTextRenderMode, (void *))                                               \
    X(int, FPDFFont_GetWeight, (void *))                                                          \
    X(int, FPDFFont_GetFlags, (void *))                                                           \
    X(size_t, FPDFFont_GetBaseFontName, (void *, char *, size_t))                                 \
    X(int, FPDFPageObj_GetMarkedContentID, (void *))                                              \
    X(void *, FPDFPageObj_GetClipPath, (void *))                                                  \
    X(int, FPDFClipPath_CountPaths, (void *))                                                     \
    X(int, FPDFClipPath_CountPathSegments, (void *, int))                                         \
    X(void *, FPDFClipPath_GetPathSegment, (void *, int, int))                                    \
    X(int, FPDFPage_CountObjects, (void *))                                                       \
    X(void *, FPDFPage_GetObject, (void *, int))                                                  \
    X(int, FPDFPageObj_GetType, (void *))                                                         \
    X(int, FPDFPageObj_GetBounds, (void *, float *, float *, float *, float *))                   \
    X(int, FPDFPageObj_GetMatrix, (void *, cp_matrix *))                                          \
    X(int, FPDFFormObj_CountObjects, (void *))                                                    \
    X(void *, FPDFFormObj_GetObject, (void *, unsigned long))                                     \
    X(int, FPDFPath_CountSegments, (void *))                                                      \
    X(void *, FPDFPath_GetPathSegment, (void *, int))                                             \
    X(int, FPDFPath_GetDrawMode, (void *, int *, int *))                                          \
    X(int, FPDFPathSegment_GetPoint, (void *, float *, float *))                                  \
    X(int, FPDFPathSegment_GetType, (void *))                                                     \
    X(int, FPDFPathSegment_GetClose, (void *))                                                    \
    X(void *, FPDFDOC_InitFormFillEnvironment, (void *, void *))                                  \
    X(void, FPDFDOC_ExitFormFillEnvironment, (void *))                                            \
    X(int, FPDFPage_GetAnnotCount, (void *))                                                      \
    X(void *, FPDFPage_GetAnnot, (void *, int))                                                   \
    X(void, FPDFPage_CloseAnnot, (void *))                                                        \
    X(int, FPDFAnnot_GetSubtype, (void *))                                                        \
    X(int, FPDFAnnot_GetFlags, (void *))                                                          \
    X(int, FPDFAnnot_GetRect, (void *, cp_rect_ltrb *))                                           \
    X(unsigned long, FPDFAnnot_GetStringValue, (void *, const char *, uint16_t *, unsigned long)) \
    X(int, FPDFAnnot_GetFormFieldType, (void *, void *))                                          \
    X(unsigned long, FPDFAnnot_GetFormFieldValue, (void *, void *, uint16_t *, unsigned long))    \
    X(int, FPDFAnnot_IsChecked, (void *, void *))                                                 \
    X(void *, FPDFBookmark_GetFirstChild, (void *, void *))                                       \
    X(void *, FPDFBookmark_GetNextSibling, (void *, void *))                                      \
    X(unsigned long, FPDFBookmark_GetTitle, (void *, void *, unsigned long))                      \
    X(void *, FPDFBookmark_GetDest, (void *, void *))                                             \
    X(void *, FPDFBookmark_GetAction, (void *))                                                   \
    X(void *, FPDFAction_GetDest, (void *, void *))                                               \
    X(int, FPDFDest_GetDestPageIndex, (void *, void *))                                           \
    X(void *, FPDF_StructTree_GetForPage, (void *))                                               \
    X(void, FPDF_StructTree_Close, (void *))                                                      \
    X(int, FPDF_StructTree_CountChildren, (void *))                                               \
    X(void *, FPDF_StructTree_GetChildAtIndex, (void *, int))                                     \
    X(int, FPDF_StructElement_CountChildren, (void *))                                            \
    X(void *, FPDF_StructElement_GetChildAtIndex, (void *, int))                                  \
    X(int, FPDF_StructElement_GetChildMarkedContentID, (void *, int))                             \
    X(unsigned long, FPDF_StructElement_GetType, (void *, void *, unsigned long))                 \
    X(void *, FPDFBitmap_CreateEx, (int, int, int, void *, int))                                  \
    X(int, FPDFBitmap_FillRect, (void *, int, int, int, int, unsigned long))                      \
    X(void, FPDFBitmap_Destroy, (void *))                                                         \
    X(void, FPDF_RenderPageBitmap, (void *, void *, int, int, int, int, int, int))

typedef struct {
#define X(result, name, parameters) result(*name) parameters;
    CP_FUNCTIONS(X)
#undef X
} cp_library;

/// Filled by `cp_load`; every function of this target but `cp_load` and `cp_is_loaded` needs it.
extern cp_library cp;

static inline cp_rect cp_rect_from(cp_rect_ltrb r) {
    cp_rect box = {
        r.left < r.right ? r.left : r.right, r.bottom < r.top ? r.bottom : r.top, r.left < r.right ? r.right : r.left,
        r.bottom < r.top ? r.top : r.bottom};
    return box;
}

#endif
