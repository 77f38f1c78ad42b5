#ifndef CS_FILTER_H
#define CS_FILTER_H

/// Installs the system call filter in all threads of this process. Returns 0, or -1 with `errno` set.
__attribute__((visibility("hidden"))) int cs_install_filter(void);

#endif
