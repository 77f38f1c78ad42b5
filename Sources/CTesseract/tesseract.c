#include "CTesseract.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct TessBaseAPI TessBaseAPI;
typedef struct TessResultIterator TessResultIterator;
typedef struct TessPageIterator TessPageIterator;
typedef struct Pix Pix;

enum { RIL_BLOCK = 0, RIL_PARA = 1, RIL_TEXTLINE = 2 };
enum { PSM_AUTO = 3 };
/// Leptonica's number of the format TIFF begins here and ends below IFF_PNM.
enum { IFF_TIFF = 4, IFF_TIFF_LAST = 9, IFF_TIFF_JPEG = 20 };

static struct {
    TessBaseAPI *(*create)(void);
    void (*destroy)(TessBaseAPI *);
    int (*init)(TessBaseAPI *, const char *, const char *);
    int (*set_variable)(TessBaseAPI *, const char *, const char *);
    void (*set_mode)(TessBaseAPI *, int);
    void (*set_image)(TessBaseAPI *, const unsigned char *, int, int, int, int);
    void (*set_resolution)(TessBaseAPI *, int);
    int (*recognise)(TessBaseAPI *, void *);
    TessResultIterator *(*iterator)(TessBaseAPI *);
    void (*clear)(TessBaseAPI *);
    void (*clear_classifier)(TessBaseAPI *);
    void (*delete_iterator)(TessResultIterator *);
    TessPageIterator *(*page_iterator)(TessResultIterator *);
    int (*next)(TessResultIterator *, int);
    int (*begins)(const TessPageIterator *, int);
    char *(*text)(const TessResultIterator *, int);
    float (*confidence)(const TessResultIterator *, int);
    void (*delete_text)(const char *);
} tess;

static struct {
    int (*read_header)(const uint8_t *, size_t, int32_t *, int32_t *, int32_t *, int32_t *, int32_t *, int32_t *);
    Pix *(*read)(const uint8_t *, size_t);
    Pix *(*read_tiff)(const uint8_t *, size_t, int32_t);
    Pix *(*to8)(Pix *, int32_t);
    Pix *(*remove_alpha)(Pix *);
    int32_t (*width)(Pix *);
    int32_t (*height)(Pix *);
    int32_t (*resolution)(Pix *);
    int32_t (*words)(Pix *);
    uint32_t *(*data)(Pix *);
    void (*destroy)(Pix **);
    int32_t (*set_severity)(int32_t);
    Pix *(*create)(int32_t, int32_t, int32_t);
    Pix *(*to1)(Pix *, int32_t);
    int32_t (*find_skew)(Pix *, float *, float *, int32_t, int32_t, float, float, float);
    Pix *(*rotate)(Pix *, float, int32_t, int32_t, int32_t, int32_t);
} lept;

struct ct_engine {
    TessBaseAPI *api;
};

static ct_status loaded = CT_MISSING;

/// Returns the address of a function, and notes in `found` if it is missing.
static void *function(void *library, const char *name, int *found) {
    void *address = dlsym(library, name);
    if (address == NULL) *found = 0;
    return address;
}

static void load(void) {
    void *l = dlopen("liblept.so.5", RTLD_NOW | RTLD_GLOBAL);
    void *t = l == NULL ? NULL : dlopen("libtesseract.so.5", RTLD_NOW | RTLD_LOCAL);
    if (t == NULL) return;
    int found = 1;
#define TESS(member, name) *(void **)&tess.member = function(t, name, &found)
    TESS(create, "TessBaseAPICreate");
    TESS(destroy, "TessBaseAPIDelete");
    TESS(init, "TessBaseAPIInit3");
    TESS(set_variable, "TessBaseAPISetVariable");
    TESS(set_mode, "TessBaseAPISetPageSegMode");
    TESS(set_image, "TessBaseAPISetImage");
    TESS(set_resolution, "TessBaseAPISetSourceResolution");
    TESS(recognise, "TessBaseAPIRecognize");
    TESS(iterator, "TessBaseAPIGetIterator");
    TESS(clear, "TessBaseAPIClear");
    TESS(clear_classifier, "TessBaseAPIClearAdaptiveClassifier");
    TESS(delete_iterator, "TessResultIteratorDelete");
    TESS(page_iterator, "TessResultIteratorGetPageIterator");
    TESS(next, "TessResultIteratorNext");
    TESS(begins, "TessPageIteratorIsAtBeginningOf");
    TESS(text, "TessResultIteratorGetUTF8Text");
    TESS(confidence, "TessResultIteratorConfidence");
    TESS(delete_text, "TessDeleteText");
#undef TESS
#define LEPT(member, name) *(void **)&lept.member = function(l, name, &found)
    LEPT(read_header, "pixReadHeaderMem");
    LEPT(read, "pixReadMem");
    LEPT(read_tiff, "pixReadMemTiff");
    LEPT(to8, "pixConvertTo8");
    LEPT(remove_alpha, "pixRemoveAlpha");
    LEPT(width, "pixGetWidth");
    LEPT(height, "pixGetHeight");
    LEPT(resolution, "pixGetXRes");
    LEPT(words, "pixGetWpl");
    LEPT(data, "pixGetData");
    LEPT(destroy, "pixDestroy");
    LEPT(set_severity, "setMsgSeverity");
    LEPT(create, "pixCreate");
    LEPT(to1, "pixConvertTo1");
    LEPT(find_skew, "pixFindSkewSweepAndSearch");
    LEPT(rotate, "pixRotate");
#undef LEPT
    if (!found) return;
    lept.set_severity(6 /* none */);
    loaded = CT_OK;
}

ct_status ct_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return loaded;
}

ct_status ct_engine_create(const char *data, const char *languages, ct_engine **engine) {
    if (ct_load() != CT_OK) return CT_MISSING;
    ct_engine *made = calloc(1, sizeof *made);
    if (made == NULL) return CT_NO_MEMORY;
    made->api = tess.create();
    if (made->api == NULL || tess.init(made->api, data, languages) != 0) {
        ct_engine_free(made);
        return CT_NO_LANGUAGE;
    }
    tess.set_variable(made->api, "debug_file", "/dev/null");
    tess.set_mode(made->api, PSM_AUTO);
    *engine = made;
    return CT_OK;
}

void ct_engine_free(ct_engine *engine) {
    if (engine == NULL) return;
    if (engine->api != NULL) tess.destroy(engine->api);
    free(engine);
}

/// Reads the image, of a TIFF the given page. Returns NULL if there is none.
static Pix *read_page(const uint8_t *bytes, size_t count, int32_t format, int32_t page) {
    int is_tiff = (format >= IFF_TIFF && format <= IFF_TIFF_LAST) || format == IFF_TIFF_JPEG;
    if (is_tiff) return lept.read_tiff(bytes, count, page);
    return page == 0 ? lept.read(bytes, count) : NULL;
}

/// Copies the rows, whose bytes Leptonica keeps in words of 32 bits, most significant first.
static ct_status copy_pixels(Pix *pix, ct_image *image) {
    int32_t width = lept.width(pix), height = lept.height(pix), words = lept.words(pix);
    uint8_t *pixels = malloc((size_t)width * (size_t)height);
    if (pixels == NULL) return CT_NO_MEMORY;
    const uint32_t *data = lept.data(pix);
    for (int32_t y = 0; y < height; y++) {
        const uint32_t *row = data + (size_t)y * (size_t)words;
        uint8_t *out = pixels + (size_t)y * (size_t)width;
        for (int32_t x = 0; x < width; x++) out[x] = (uint8_t)(row[x >> 2] >> (24 - 8 * (x & 3)));
    }
    *image = (ct_image){.pixels = pixels, .width = width, .height = height, .resolution = lept.resolution(pix)};
    return CT_OK;
}

ct_status ct_image_decode(const uint8_t *bytes, size_t count, int32_t page, int64_t max_pixels, ct_image *image) {
    if (ct_load() != CT_OK) return CT_MISSING;
    int32_t format = 0, width = 0, height = 0, bits = 0, samples = 0, has_map = 0;
    if (lept.read_header(bytes, count, &format, &width, &height, &bits, &samples, &has_map) != 0) return CT_MALFORMED;
    if (width <= 0 || height <= 0) return CT_MALFORMED;
    if ((int64_t)width * height > max_pixels) return CT_TOO_LARGE;
    Pix *pix = read_page(bytes, count, format, page);
    if (pix == NULL) return CT_MALFORMED;
    if ((int64_t)lept.width(pix) * lept.height(pix) > max_pixels) {
        lept.destroy(&pix);
        return CT_TOO_LARGE;
    }
    Pix *opaque = lept.remove_alpha(pix);
    lept.destroy(&pix);
    Pix *gray = opaque == NULL ? NULL : lept.to8(opaque, 0);
    if (opaque != NULL) lept.destroy(&opaque);
    if (gray == NULL) return CT_NO_MEMORY;
    ct_status status = copy_pixels(gray, image);
    lept.destroy(&gray);
    return status;
}

void ct_image_free(ct_image *image) {
    free(image->pixels);
    image->pixels = NULL;
}

ct_status ct_image_turn(const uint8_t *pixels, int32_t width, int32_t height, int32_t quarters, ct_image *image) {
    uint8_t *out = malloc((size_t)width * (size_t)height);
    if (out == NULL) return CT_NO_MEMORY;
    for (int32_t y = 0; y < height; y++) {
        for (int32_t x = 0; x < width; x++) {
            size_t place = quarters == 2   ? (size_t)(height - 1 - y) * (size_t)width + (size_t)(width - 1 - x)
                           : quarters == 1 ? (size_t)x * (size_t)height + (size_t)(height - 1 - y)
                                           : (size_t)(width - 1 - x) * (size_t)height + (size_t)y;
            out[place] = pixels[(size_t)y * (size_t)width + (size_t)x];
        }
    }
    int is_half = quarters == 2;
    *image = (ct_image){.pixels = out, .width = is_half ? width : height, .height = is_half ? height : width, .resolution = 0};
    return CT_OK;
}

/// Returns the pixels as an image of Leptonica, or NULL without memory.
static Pix *wrap(const uint8_t *pixels, int32_t width, int32_t height) {
    Pix *pix = lept.create(width, height, 8);
    if (pix == NULL) return NULL;
    int32_t words = lept.words(pix);
    uint32_t *data = lept.data(pix);
    for (int32_t y = 0; y < height; y++) {
        uint32_t *row = data + (size_t)y * (size_t)words;
        const uint8_t *in = pixels + (size_t)y * (size_t)width;
        for (int32_t x = 0; x < width; x++) row[x >> 2] |= (uint32_t)in[x] << (24 - 8 * (x & 3));
    }
    return pix;
}

/// Returns the inclination in degrees that makes lines of text level; 0 if none is found.
static float inclination(Pix *gray) {
    Pix *ink = lept.to1(gray, 150);
    if (ink == NULL) return 0;
    float angle = 0, confidence = 0;
    int failed = lept.find_skew(ink, &angle, &confidence, 4, 2, 15, 1, 0.01f);
    lept.destroy(&ink);
    return failed || confidence < 2 ? 0 : angle;
}

ct_status ct_image_level(const uint8_t *pixels, int32_t width, int32_t height, ct_image *image) {
    Pix *gray = wrap(pixels, width, height);
    if (gray == NULL) return CT_NO_MEMORY;
    float angle = inclination(gray);
    if (angle > -0.5f && angle < 0.5f) {
        lept.destroy(&gray);
        return CT_MALFORMED;
    }
    Pix *level = lept.rotate(gray, angle * 3.14159265f / 180, 1 /* by areas */, 1 /* white comes in */, 0, 0);
    lept.destroy(&gray);
    if (level == NULL) return CT_NO_MEMORY;
    ct_status status = copy_pixels(level, image);
    lept.destroy(&level);
    return status;
}

ct_status ct_recognise(
    ct_engine *engine, const uint8_t *pixels, int32_t width, int32_t height, int32_t resolution, ct_line_handler handler, void *context) {
    tess.set_image(engine->api, pixels, width, height, 1, width);
    tess.set_resolution(engine->api, resolution);
    if (tess.recognise(engine->api, NULL) != 0) {
        tess.clear(engine->api);
        return CT_MALFORMED;
    }
    TessResultIterator *iterator = tess.iterator(engine->api);
    int32_t paragraph = -1;
    if (iterator != NULL) {
        do {
            if (paragraph < 0 || tess.begins(tess.page_iterator(iterator), RIL_PARA)) paragraph++;
            char *text = tess.text(iterator, RIL_TEXTLINE);
            if (text == NULL) continue;
            handler(context, text, paragraph, tess.confidence(iterator, RIL_TEXTLINE));
            tess.delete_text(text);
        } while (tess.next(iterator, RIL_TEXTLINE));
        tess.delete_iterator(iterator);
    }
    // The classifier adapts to the letters of a document; it is reset, so that the next document is read as if it were the first.
    tess.clear(engine->api);
    tess.clear_classifier(engine->api);
    return CT_OK;
}
