// Tesseract and Leptonica, loaded at run time: contextd runs without them, and their packages are installed apart.
//
// Signatures: tesseract/capi.h of Tesseract 5 (Apache-2.0), leptonica/allheaders.h of Leptonica 1.82 (BSD-2-Clause).
#ifndef CTESSERACT_H
#define CTESSERACT_H

#include <stddef.h>
#include <stdint.h>

/// An engine with its languages loaded. One thread at a time.
typedef struct ct_engine ct_engine;

/// A decoded image, 8 bits per pixel, 0 is black.
typedef struct ct_image {
    uint8_t *pixels;
    int32_t width;
    int32_t height;
    /// Dots per inch; 0 if the file does not say.
    int32_t resolution;
} ct_image;

typedef enum ct_status {
    CT_OK = 0,
    /// A library, or one of its functions, is missing.
    CT_MISSING = 1,
    /// The engine could not load its languages.
    CT_NO_LANGUAGE = 2,
    /// The bytes are no image that Leptonica reads.
    CT_MALFORMED = 3,
    /// The image has more pixels than allowed.
    CT_TOO_LARGE = 4,
    CT_NO_MEMORY = 5,
} ct_status;

/// Loads both libraries; later calls return the result of the first. Thread-safe.
ct_status ct_load(void);

/// Creates an engine. `languages` is a list such as "eng+deu"; `data` is the folder of the language data, or NULL for the package's own.
ct_status ct_engine_create(const char *data, const char *languages, ct_engine **engine);
void ct_engine_free(ct_engine *engine);

/// Decodes an image of a PNG, JPEG, TIFF, GIF, BMP or WebP file, page `page` (from 0) of a TIFF. Free the pixels with `ct_image_free`.
ct_status ct_image_decode(const uint8_t *bytes, size_t count, int32_t page, int64_t max_pixels, ct_image *image);
void ct_image_free(ct_image *image);

/// Turns an image clockwise by a number of quarters, 1...3.
ct_status ct_image_turn(const uint8_t *pixels, int32_t width, int32_t height, int32_t quarters, ct_image *image);

/// Finds by how many degrees lines of text are inclined, at most 15, and turns the image so that they are level. Returns CT_MALFORMED if
/// they are level already, or no lines are found.
ct_status ct_image_level(const uint8_t *pixels, int32_t width, int32_t height, ct_image *image);

/// One line of text. `text` is UTF-8 that ends with NUL, valid during the call; `paragraph` counts from 0; `confidence` is in 0...100.
typedef void (*ct_line_handler)(void *context, const char *text, int32_t paragraph, float confidence);

/// Recognises the text of an image, line by line in reading order.
ct_status ct_recognise(
    ct_engine *engine, const uint8_t *pixels, int32_t width, int32_t height, int32_t resolution, ct_line_handler handler, void *context);

#endif
