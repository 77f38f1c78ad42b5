#ifndef CSPAWN_H
#define CSPAWN_H

#include <sys/types.h>

/// Makes a pipe, `ends[0]` to read and `ends[1]` to write, that no child inherits. Returns 0 or an `errno`.
int cspawn_pipe(int ends[2]);

/// Starts a process in a process group of its own, with default signal handling and no descriptors but its standard streams.
///
/// - arguments: the program, a path or a name in `PATH`, and its arguments, ended by a null pointer.
/// - environment: `NAME=VALUE` pairs, ended by a null pointer.
/// - folder: the working directory, or null for the caller's.
/// - streams: the descriptors that become standard input, output and error.
///
/// Returns 0 or an `errno`; keeps no pointer.
int cspawn_start(pid_t *child, char *const arguments[], char *const environment[], const char *folder, const int streams[3]);

#endif
