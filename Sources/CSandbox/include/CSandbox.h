#ifndef CSANDBOX_H
#define CSANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Linux calls that Swift cannot make: a start without copies of descriptors, descriptors passed over a socket, and the sandbox.
// Functions that return an int return 0 or an errno, unless they say otherwise.

/// The descriptor of the socket in a started process.
#define CS_SOCKET 3

/// The exit status of a process whose last failed allocation ended it.
#define CS_EXIT_NO_MEMORY 80

/// Creates a connected pair of stream sockets, closed by exec, with numbers above those of standard streams.
int cs_socket_pair(int ends[2]);

/// Starts a program without copying this process. It gets `socket` as descriptor 3, /dev/null as standard streams, and nothing else that is
/// open here; the given environment; default signal handlers; and a process group of its own.
int cs_start(pid_t *child, const char *program, char *const arguments[], char *const environment[], int socket);

/// Returns a descriptor of an anonymous file with these bytes that nobody can change, or -1 with `errno` set. The caller closes it.
int cs_memory_file(const void *bytes, size_t count);

/// Sends bytes, of which the first carries `descriptor` (-1: none). Returns how many were sent, or -1 with `errno` set.
/// Never raises SIGPIPE.
ssize_t cs_send(int socket, const void *bytes, size_t count, int descriptor);

/// Receives at most `count` bytes, and at most one descriptor, closed by exec, which is the caller's (-1: none came).
/// Returns the number of bytes, 0 at the end of the stream, or -1 with `errno` set.
ssize_t cs_receive(int socket, void *bytes, size_t count, int *descriptor);

/// Waits for a child to end without removing it from the process table.
int cs_wait_for_end(pid_t child);

/// Removes an ended child from the process table. `status` says how it ended.
int cs_reap(pid_t child, int *status);

/// Returns the processor time of a running process, in nanoseconds, or -1.
int64_t cs_processor_time(pid_t process);

/// Returns the largest resident memory of a running process so far, in bytes, or -1. What getrusage says of a child begins with the size of
/// the process that started it.
int64_t cs_peak_memory(pid_t process);

typedef struct {
    /// Maximum size of private writable memory, in bytes.
    uint64_t memory_bytes;
    /// Maximum size of further address space for mapped input, in bytes.
    uint64_t mapped_bytes;
    /// Maximum processor time of the process's whole life, in seconds.
    uint64_t processor_seconds;
} cs_limits;

// The protections that cs_enter turned on.
enum {
    CS_LIMITS = 1,
    CS_NO_NEW_PRIVILEGES = 2,
    CS_NO_CAPABILITIES = 4,
    CS_NAMESPACES = 8,
    CS_LANDLOCK = 16,
    CS_SECCOMP = 32,
};

/// Encloses this process for ever: limits, no privileges, namespaces of its own without network, no files, and only the system calls that
/// computing, reading and writing need. Call it once, while there is one thread. `parent` is the process at whose end this one is killed.
///
/// Returns the set of protections that are on: what the kernel lacks or denies is missing from it.
uint32_t cs_enter(const cs_limits *limits, pid_t parent);

/// Makes a crash after a failed allocation an exit with CS_EXIT_NO_MEMORY. `errno` must be 0 when a document begins.
void cs_report_memory_failures(void);

// Actions that the sandbox must stop; each returns 0 or an errno if the process survives it.
int cs_try_connect(void);
int cs_try_open(const char *path, int for_writing);
int cs_try_exec(void);
int cs_try_fork(void);
int cs_try_signal(pid_t process);

#endif
