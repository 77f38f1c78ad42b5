#include "library.h"

#include <math.h>
#include <string.h>
#include <strings.h>

cp_text cp_text_open(cp_page page) { return cp.FPDFText_LoadPage(page); }
void cp_text_close(cp_text text) { cp.FPDFText_ClosePage(text); }
int cp_text_count(cp_text text) { return cp.FPDFText_CountChars(text); }

size_t cp_glyphs(cp_text text, int start, cp_glyph *out, size_t capacity) {
    int count = cp.FPDFText_CountChars(text);
    size_t filled = 0;
    for (int i = start; i >= 0 && i < count && filled < capacity; i++, filled++) {
        cp_glyph *glyph = out + filled;
        glyph->scalar = cp.FPDFText_GetUnicode(text, i);
        glyph->object = cp.FPDFText_GetTextObject(text, i);
        if (!glyph->object) continue;
        double x = 0, y = 0;
        cp_rect_ltrb sides = {0};
        cp.FPDFText_GetCharOrigin(text, i, &x, &y);
        cp.FPDFText_GetLooseCharBox(text, i, &sides);
        glyph->x = (float)x;
        glyph->y = (float)y;
        glyph->box = cp_rect_from(sides);
    }
    return filled;
}

static bool names_bold(void *font) {
    // Consecutive objects usually have the same font, so that of the last one is tried first.
    static void *last = NULL;
    static bool answer = false;
    if (font == last) return answer;
    last = font;
    answer = false;
    char name[128];
    size_t length = cp.FPDFFont_GetBaseFontName(font, name, sizeof name);
    if (length == 0 || length > sizeof name) return false;
    name[sizeof name - 1] = 0;
    static const char *marks[] = {"bold", "black", "heavy", "-bd", "demi", "cmbx", "sfbx"};
    for (size_t m = 0; m < sizeof marks / sizeof *marks; m++) {
        size_t width = strlen(marks[m]);
        for (const char *at = name; *at; at++)
            if (strncasecmp(at, marks[m], width) == 0) return answer = true;
    }
    return false;
}

// The intersection of the boxes of the clip paths; segments beyond a bound leave the text unclipped.
static bool clip_box(void *object, cp_rect *box) {
    void *clip = cp.FPDFPageObj_GetClipPath(object);
    if (!clip) return false;
    int paths = cp.FPDFClipPath_CountPaths(clip);
    bool any = false;
    for (int p = 0; p < paths && p < 16; p++) {
        int segments = cp.FPDFClipPath_CountPathSegments(clip, p);
        if (segments < 2 || segments > 64) continue;
        cp_rect r = {INFINITY, INFINITY, -INFINITY, -INFINITY};
        for (int s = 0; s < segments; s++) {
            float x, y;
            void *segment = cp.FPDFClipPath_GetPathSegment(clip, p, s);
            if (!segment || !cp.FPDFPathSegment_GetPoint(segment, &x, &y)) continue;
            r.left = fminf(r.left, x), r.right = fmaxf(r.right, x);
            r.bottom = fminf(r.bottom, y), r.top = fmaxf(r.top, y);
        }
        if (!(r.left <= r.right)) continue;
        if (!any) *box = r;
        any = true;
        box->left = fmaxf(box->left, r.left), box->right = fminf(box->right, r.right);
        box->bottom = fmaxf(box->bottom, r.bottom), box->top = fminf(box->top, r.top);
    }
    return any;
}

void cp_style_of(cp_text text, int index, cp_handle object, cp_style *style) {
    memset(style, 0, sizeof *style);
    cp_matrix m = {1, 0, 0, 1, 0, 0};
    cp.FPDFText_GetMatrix(text, index, &m);
    float height = hypotf(m.c, m.d), width = hypotf(m.a, m.b);
    float size = fabsf((float)cp.FPDFText_GetFontSize(text, index));
    style->size = size * (height > 0 ? height : width);
    style->angle = width > 0 ? atan2f(m.b, m.a) : 0;
    style->mode = cp.FPDFTextObj_GetTextRenderMode(object);
    style->content = cp.FPDFPageObj_GetMarkedContentID(object);
    void *font = cp.FPDFTextObj_GetFont(object);
    if (font) {
        style->weight = cp.FPDFFont_GetWeight(font);
        style->flags = cp.FPDFFont_GetFlags(font);
        style->bold = names_bold(font);
    }
    style->clipped = clip_box(object, &style->clip);
}
