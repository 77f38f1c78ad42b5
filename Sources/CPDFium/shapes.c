#include "library.h"

#include <math.h>

// Objects and segments looked at on one page, and forms inside one another. A map or a drawing has more, and no table.
enum { most_objects = 50000, most_segments = 400, most_depth = 12 };

/// Thicker bars are areas, in points.
static const float thickest_rule = 3, shortest_rule = 4;

typedef struct {
    cp_shape *out;
    size_t count, capacity;
    int objects;
} walk;

static cp_matrix product(cp_matrix m, cp_matrix n) {
    cp_matrix r = {m.a * n.a + m.b * n.c, m.a * n.b + m.b * n.d,       m.c * n.a + m.d * n.c,
                   m.c * n.b + m.d * n.d, m.e * n.a + m.f * n.c + n.e, m.e * n.b + m.f * n.d + n.f};
    return r;
}

static void point(cp_matrix m, float *x, float *y) {
    float px = *x, py = *y;
    *x = m.a * px + m.c * py + m.e;
    *y = m.b * px + m.d * py + m.f;
}

static void add(walk *w, float x0, float y0, float x1, float y1, int kind) {
    if (w->count >= w->capacity || !isfinite(x0 + y0 + x1 + y1)) return;
    cp_shape shape = {{fminf(x0, x1), fminf(y0, y1), fmaxf(x0, x1), fmaxf(y0, y1)}, kind};
    w->out[w->count++] = shape;
}

static void add_bar(walk *w, cp_rect r) {
    float width = r.right - r.left, height = r.top - r.bottom;
    float mx = (r.left + r.right) / 2, my = (r.bottom + r.top) / 2;
    if (height <= thickest_rule && width >= shortest_rule && width > height)
        add(w, r.left, my, r.right, my, 0);
    else if (width <= thickest_rule && height >= shortest_rule && height > width)
        add(w, mx, r.bottom, mx, r.top, 1);
}

static void add_line(walk *w, float x0, float y0, float x1, float y1) {
    cp_rect r = {fminf(x0, x1), fminf(y0, y1), fmaxf(x0, x1), fmaxf(y0, y1)};
    if (fabsf(x0 - x1) < 1.5f || fabsf(y0 - y1) < 1.5f) add_bar(w, r);
}

// A subpath: the edges if it is stroked, and the whole if it is a thin filled bar.
static void end_subpath(walk *w, cp_rect r, int points, bool straight, bool filled, bool stroked) {
    if (!filled || stroked || !straight || points < 3) return;
    float width = r.right - r.left, height = r.top - r.bottom;
    if (width <= thickest_rule || height <= thickest_rule)
        add_bar(w, r);
    else if (points <= 5 && width >= 8 && height >= 6) {
        // A filled cell or row: its edges separate it from the next one.
        add(w, r.left, r.bottom, r.right, r.top, 3);
    }
}

static void walk_path(walk *w, void *object, cp_matrix m) {
    int fill = 0, stroke = 0;
    if (!cp.FPDFPath_GetDrawMode(object, &fill, &stroke) || (!fill && !stroke)) return;
    int segments = cp.FPDFPath_CountSegments(object);
    if (segments < 2 || segments > most_segments) return;
    cp_matrix own = {1, 0, 0, 1, 0, 0};
    if (cp.FPDFPageObj_GetMatrix(object, &own)) m = product(own, m);
    float sx = 0, sy = 0, x = 0, y = 0;
    cp_rect r = {0, 0, 0, 0};
    int points = 0;
    bool straight = true;
    for (int s = 0; s < segments; s++) {
        void *segment = cp.FPDFPath_GetPathSegment(object, s);
        float nx, ny;
        if (!segment || !cp.FPDFPathSegment_GetPoint(segment, &nx, &ny)) return;
        point(m, &nx, &ny);
        int type = cp.FPDFPathSegment_GetType(segment);
        if (type == 2) {
            end_subpath(w, r, points, straight, fill != 0, stroke != 0);
            sx = nx, sy = ny, points = 1, straight = true;
            r = (cp_rect){nx, ny, nx, ny};
        } else {
            if (type == 1)
                straight = false;
            else if (stroke)
                add_line(w, x, y, nx, ny);
            points++;
            r.left = fminf(r.left, nx), r.right = fmaxf(r.right, nx);
            r.bottom = fminf(r.bottom, ny), r.top = fmaxf(r.top, ny);
        }
        x = nx, y = ny;
        if (stroke && type != 1 && cp.FPDFPathSegment_GetClose(segment)) add_line(w, x, y, sx, sy);
    }
    end_subpath(w, r, points, straight, fill != 0, stroke != 0);
}

static void walk_object(walk *w, void *object, cp_matrix m, int depth) {
    if (!object || w->objects >= most_objects || w->count >= w->capacity) return;
    w->objects++;
    enum { path = 2, image = 3, form = 5 };
    switch (cp.FPDFPageObj_GetType(object)) {
        case path:
            walk_path(w, object, m);
            break;
        case image: {
            float l, b, r, t;
            if (!cp.FPDFPageObj_GetBounds(object, &l, &b, &r, &t)) break;
            point(m, &l, &b);
            point(m, &r, &t);
            add(w, l, b, r, t, 2);
            break;
        }
        case form: {
            if (depth >= most_depth) break;
            cp_matrix own = {1, 0, 0, 1, 0, 0};
            if (cp.FPDFPageObj_GetMatrix(object, &own)) m = product(own, m);
            int count = cp.FPDFFormObj_CountObjects(object);
            for (int i = 0; i < count && w->objects < most_objects; i++)
                walk_object(w, cp.FPDFFormObj_GetObject(object, (unsigned long)i), m, depth + 1);
            break;
        }
        default:
            break;
    }
}

size_t cp_shapes(cp_page page, cp_shape *out, size_t capacity) {
    walk w = {.out = out, .capacity = capacity};
    cp_matrix identity = {1, 0, 0, 1, 0, 0};
    int count = cp.FPDFPage_CountObjects(page);
    for (int i = 0; i < count && w.objects < most_objects; i++) walk_object(&w, cp.FPDFPage_GetObject(page, i), identity, 0);
    return w.count;
}
