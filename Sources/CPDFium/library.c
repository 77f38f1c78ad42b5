#include "library.h"

#include <dlfcn.h>
#include <stdio.h>

cp_library cp;
static bool loaded = false;

bool cp_is_loaded(void) { return loaded; }

bool cp_load(const char *path, char *message, size_t capacity) {
    if (loaded) return true;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(message, capacity, "%s", dlerror());
        return false;
    }
#define X(result, name, parameters)                                 \
    cp.name = (result(*) parameters)dlsym(library, #name);          \
    if (!cp.name) {                                                 \
        snprintf(message, capacity, "the library lacks %s", #name); \
        dlclose(library);                                           \
        return false;                                               \
    }
    CP_FUNCTIONS(X)
#undef X
    // No fonts of the machine: what a document gives must not depend on it, and text needs none.
    static const char *no_fonts[] = {NULL};
    static const cp_config config = {.version = 2, .font_paths = no_fonts};
    cp.FPDF_InitLibraryWithConfig(&config);
    loaded = true;
    return true;
}
