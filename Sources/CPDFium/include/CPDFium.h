#ifndef CPDFIUM_H
#define CPDFIUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// PDFium, loaded at run time from a given path. The library is one for the process and is not thread-safe: the caller
// serialises every call. Handles are opaque; a text page, a form and a structure tree are closed before their page or
// document.

typedef void *cp_document;
typedef void *cp_page;
typedef void *cp_text;
typedef void *cp_form;
typedef void *cp_handle;

typedef enum { CP_OK, CP_UNKNOWN, CP_FILE, CP_FORMAT, CP_PASSWORD, CP_SECURITY, CP_PAGE } cp_status;

/// Loads the library once; later calls return what the first success returned. `message` receives the reason of a
/// failure, NUL-terminated.
bool cp_load(const char *path, char *message, size_t capacity);
bool cp_is_loaded(void);

/// Opens a document in memory, with the empty password. The bytes must outlive the document.
cp_status cp_open(const void *bytes, size_t count, cp_document *document);
void cp_close(cp_document document);
int cp_page_count(cp_document document);

/// Returns NULL if the page is damaged.
cp_page cp_page_open(cp_document document, int index);
void cp_page_close(cp_page page);
/// The size of the page as shown, in points.
void cp_page_size(cp_page page, float *width, float *height);
/// Quarter turns clockwise by which the page is shown.
int cp_page_rotation(cp_page page);

typedef struct {
    float left, bottom, right, top;
} cp_rect;

/// The visible part of the page, in its own coordinates, before rotation.
bool cp_page_box(cp_page page, cp_rect *box);

// Text. A UTF-16 function returns the number of units of the whole text without its NUL, and fills at most `capacity`.

size_t cp_page_label(cp_document document, int index, uint16_t *out, size_t capacity);
size_t cp_metadata(cp_document document, const char *key, uint16_t *out, size_t capacity);

cp_text cp_text_open(cp_page page);
void cp_text_close(cp_text text);
int cp_text_count(cp_text text);

typedef struct {
    /// The box of the character's advance and the font's height, and the origin on the baseline, in page coordinates.
    cp_rect box;
    float x, y;
    uint32_t scalar;
    /// The object that shows the character; NULL if PDFium inserted it (a space, a line break).
    cp_handle object;
} cp_glyph;

/// Fills `out` with the characters from `start` on; returns how many.
size_t cp_glyphs(cp_text text, int start, cp_glyph *out, size_t capacity);

typedef struct {
    /// The size of the font as shown, in points.
    float size;
    /// The direction of the baseline, in radians, counter-clockwise from the x axis.
    float angle;
    int weight;
    int flags;
    /// PDF's text render mode: 3 and 7 show nothing.
    int mode;
    /// The number of the marked content, or -1.
    int content;
    /// Whether the font's name says that it is bold.
    bool bold;
    /// The box outside of which nothing is shown, if there is one.
    bool clipped;
    cp_rect clip;
} cp_style;

/// The style of the object that shows the character at `index`.
void cp_style_of(cp_text text, int index, cp_handle object, cp_style *style);

// Rules and images.

typedef struct {
    cp_rect box;
    /// 0: a horizontal rule, 1: a vertical rule, 2: an image, 3: a filled rectangle.
    int kind;
} cp_shape;

/// Fills `out` with rules, edges of stroked rectangles, filled rectangles and images, in page coordinates; returns how many.
size_t cp_shapes(cp_page page, cp_shape *out, size_t capacity);

// Annotations and fields.

cp_form cp_form_open(cp_document document);
void cp_form_close(cp_form form);
int cp_annotation_count(cp_page page);
cp_handle cp_annotation_open(cp_page page, int index);
void cp_annotation_close(cp_handle annotation);
int cp_annotation_kind(cp_handle annotation);
/// Whether the annotation is neither hidden nor kept off the screen.
bool cp_annotation_shown(cp_handle annotation);
bool cp_annotation_box(cp_handle annotation, cp_rect *box);
size_t cp_annotation_text(cp_handle annotation, const char *key, uint16_t *out, size_t capacity);
/// The type of a field: 2 check box, 3 radio button, 4 combo box, 5 list box, 6 text; -1 if it is none.
int cp_field_kind(cp_form form, cp_handle annotation);
size_t cp_field_value(cp_form form, cp_handle annotation, uint16_t *out, size_t capacity);
bool cp_field_checked(cp_form form, cp_handle annotation);

// Outline and structure.

/// The first child of a bookmark, or of the document for NULL.
cp_handle cp_bookmark_child(cp_document document, cp_handle bookmark);
cp_handle cp_bookmark_next(cp_document document, cp_handle bookmark);
size_t cp_bookmark_title(cp_handle bookmark, uint16_t *out, size_t capacity);
/// The index of the page a bookmark leads to, or -1.
int cp_bookmark_page(cp_document document, cp_handle bookmark);

cp_handle cp_structure_open(cp_page page);
void cp_structure_close(cp_handle tree);
int cp_structure_count(cp_handle tree);
cp_handle cp_structure_root(cp_handle tree, int index);
int cp_element_count(cp_handle element);
cp_handle cp_element_child(cp_handle element, int index);
/// The number of the marked content that the child at `index` is, or -1.
int cp_element_content(cp_handle element, int index);
size_t cp_element_type(cp_handle element, uint16_t *out, size_t capacity);

// Bitmaps.

/// Draws the page with its annotations on white, as gray (1 byte a pixel) or RGBA (4 bytes). `out` has
/// `width * height * channels` bytes.
bool cp_render(cp_page page, int width, int height, int channels, uint8_t *out);

#endif
