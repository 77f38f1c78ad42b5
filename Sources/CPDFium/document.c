#include "library.h"

// Calls that return UTF-16 take and return bytes, with the NUL.
#define TEXT(call)                                                                         \
    unsigned long room = capacity > 0x3FFFFFFF ? 0x7FFFFFFE : (unsigned long)capacity * 2; \
    unsigned long bytes = (call);                                                          \
    return bytes < 2 ? 0 : bytes / 2 - 1

cp_status cp_open(const void *bytes, size_t count, cp_document *document) {
    *document = cp.FPDF_LoadMemDocument64(bytes, count, "");
    if (*document) return CP_OK;
    unsigned long code = cp.FPDF_GetLastError();
    return code >= 1 && code <= 6 ? (cp_status)code : CP_UNKNOWN;
}

void cp_close(cp_document document) { cp.FPDF_CloseDocument(document); }
int cp_page_count(cp_document document) { return cp.FPDF_GetPageCount(document); }

cp_page cp_page_open(cp_document document, int index) { return cp.FPDF_LoadPage(document, index); }
void cp_page_close(cp_page page) { cp.FPDF_ClosePage(page); }

void cp_page_size(cp_page page, float *width, float *height) {
    *width = cp.FPDF_GetPageWidthF(page);
    *height = cp.FPDF_GetPageHeightF(page);
}

int cp_page_rotation(cp_page page) { return cp.FPDFPage_GetRotation(page) & 3; }

bool cp_page_box(cp_page page, cp_rect *box) {
    cp_rect_ltrb sides;
    if (!cp.FPDF_GetPageBoundingBox(page, &sides)) return false;
    *box = cp_rect_from(sides);
    return true;
}

size_t cp_page_label(cp_document document, int index, uint16_t *out, size_t capacity) {
    TEXT(cp.FPDF_GetPageLabel(document, index, out, room));
}

size_t cp_metadata(cp_document document, const char *key, uint16_t *out, size_t capacity) {
    TEXT(cp.FPDF_GetMetaText(document, key, out, room));
}

cp_handle cp_bookmark_child(cp_document document, cp_handle bookmark) {
    return cp.FPDFBookmark_GetFirstChild(document, bookmark);
}

cp_handle cp_bookmark_next(cp_document document, cp_handle bookmark) {
    return cp.FPDFBookmark_GetNextSibling(document, bookmark);
}

size_t cp_bookmark_title(cp_handle bookmark, uint16_t *out, size_t capacity) {
    TEXT(cp.FPDFBookmark_GetTitle(bookmark, out, room));
}

int cp_bookmark_page(cp_document document, cp_handle bookmark) {
    void *target = cp.FPDFBookmark_GetDest(document, bookmark);
    if (!target) {
        void *action = cp.FPDFBookmark_GetAction(bookmark);
        if (action) target = cp.FPDFAction_GetDest(document, action);
    }
    return target ? cp.FPDFDest_GetDestPageIndex(document, target) : -1;
}

cp_handle cp_structure_open(cp_page page) { return cp.FPDF_StructTree_GetForPage(page); }
void cp_structure_close(cp_handle tree) { cp.FPDF_StructTree_Close(tree); }
int cp_structure_count(cp_handle tree) { return cp.FPDF_StructTree_CountChildren(tree); }
cp_handle cp_structure_root(cp_handle tree, int index) { return cp.FPDF_StructTree_GetChildAtIndex(tree, index); }
int cp_element_count(cp_handle element) { return cp.FPDF_StructElement_CountChildren(element); }
cp_handle cp_element_child(cp_handle element, int index) { return cp.FPDF_StructElement_GetChildAtIndex(element, index); }
int cp_element_content(cp_handle element, int index) {
    return cp.FPDF_StructElement_GetChildMarkedContentID(element, index);
}

size_t cp_element_type(cp_handle element, uint16_t *out, size_t capacity) {
    TEXT(cp.FPDF_StructElement_GetType(element, out, room));
}

cp_form cp_form_open(cp_document document) {
    // FPDF_FORMFILLINFO: a version and then callbacks, none of which is needed to read values. PDFium keeps the pointer.
    static struct {
        int version;
        void *callbacks[64];
    } info = {.version = 1};
    return cp.FPDFDOC_InitFormFillEnvironment(document, &info);
}

void cp_form_close(cp_form form) { cp.FPDFDOC_ExitFormFillEnvironment(form); }
int cp_annotation_count(cp_page page) { return cp.FPDFPage_GetAnnotCount(page); }
cp_handle cp_annotation_open(cp_page page, int index) { return cp.FPDFPage_GetAnnot(page, index); }
void cp_annotation_close(cp_handle annotation) { cp.FPDFPage_CloseAnnot(annotation); }
int cp_annotation_kind(cp_handle annotation) { return cp.FPDFAnnot_GetSubtype(annotation); }

bool cp_annotation_shown(cp_handle annotation) {
    enum { hidden = 1 << 1, no_view = 1 << 5 };
    return (cp.FPDFAnnot_GetFlags(annotation) & (hidden | no_view)) == 0;
}

bool cp_annotation_box(cp_handle annotation, cp_rect *box) {
    cp_rect_ltrb sides;
    if (!cp.FPDFAnnot_GetRect(annotation, &sides)) return false;
    *box = cp_rect_from(sides);
    return true;
}

size_t cp_annotation_text(cp_handle annotation, const char *key, uint16_t *out, size_t capacity) {
    TEXT(cp.FPDFAnnot_GetStringValue(annotation, key, out, room));
}

int cp_field_kind(cp_form form, cp_handle annotation) { return cp.FPDFAnnot_GetFormFieldType(form, annotation); }

size_t cp_field_value(cp_form form, cp_handle annotation, uint16_t *out, size_t capacity) {
    TEXT(cp.FPDFAnnot_GetFormFieldValue(form, annotation, out, room));
}

bool cp_field_checked(cp_form form, cp_handle annotation) { return cp.FPDFAnnot_IsChecked(form, annotation); }

bool cp_render(cp_page page, int width, int height, int channels, uint8_t *out) {
    enum { gray = 1, bgra = 4, annotations = 0x01, grayscale = 0x08, reversed = 0x10 };
    if (width <= 0 || height <= 0 || (channels != 1 && channels != 4)) return false;
    void *bitmap = cp.FPDFBitmap_CreateEx(width, height, channels == 1 ? gray : bgra, out, width * channels);
    if (!bitmap) return false;
    cp.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF);
    cp.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, annotations | (channels == 1 ? grayscale : reversed));
    cp.FPDFBitmap_Destroy(bitmap);
    return true;
}
