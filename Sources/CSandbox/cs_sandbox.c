#define _GNU_SOURCE
#include "CSandbox.h"
#include "cs_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/// The user that a worker of a server that runs as root becomes: "nobody" on Debian, and the kernel's overflow user.
#define NOBODY 65534

static int limit(int resource, uint64_t value) {
    struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    return setrlimit(resource, &both);
}

static uint64_t address_space(void) {
    char text[64] = {0};
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    return count > 0 ? strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static int set_limits(const cs_limits *limits) {
    int failed = limit(RLIMIT_DATA, limits->memory_bytes);
    uint64_t used = address_space();
    if (used > 0) failed |= limit(RLIMIT_AS, used + limits->memory_bytes + limits->mapped_bytes);
    failed |= limit(RLIMIT_CPU, limits->processor_seconds);
    failed |= limit(RLIMIT_FSIZE, 0);
    failed |= limit(RLIMIT_CORE, 0);
    failed |= limit(RLIMIT_NPROC, 0);
    failed |= limit(RLIMIT_NOFILE, 32);
    failed |= limit(RLIMIT_MEMLOCK, 0);
    return failed;
}

/// Namespaces in which there is no network, no other process's shared memory, and no mount to change.
static int leave_namespaces(void) {
    const int parts = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS;
    if (geteuid() == 0 && unshare(parts) == 0) return 0;
    return unshare(CLONE_NEWUSER | parts);
}

/// Gives up root and every capability, also those in a user namespace of its own.
static int drop_privileges(void) {
    int failed = 0;
    if (geteuid() == 0 && getuid() == 0) {
        // In a namespace without a user map these fail, and the kernel already maps this process to nobody.
        failed |= setgroups(0, NULL);
        failed |= setresgid(NOBODY, NOBODY, NOBODY);
        failed |= setresuid(NOBODY, NOBODY, NOBODY);
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    return failed | (int)syscall(SYS_capset, &header, none);
}

/// The attributes of a Landlock ruleset, in the order of the kernel's versions.
struct ruleset {
    uint64_t files, network, scopes;
};

/// Denies every access to files, and to TCP ports, abstract sockets and signals where the kernel knows these.
static int enter_landlock(void) {
    const long create = 444, restrict_self = 446, version_flag = 1;
    long version = syscall(create, NULL, 0, version_flag);
    if (version < 1) return -1;
    struct ruleset denied = {.files = 0x1FFF};
    if (version >= 2) denied.files |= 1 << 13;
    if (version >= 3) denied.files |= 1 << 14;
    if (version >= 5) denied.files |= 1 << 15;
    if (version >= 4) denied.network = 3;
    if (version >= 6) denied.scopes = 3;
    size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    long rules = syscall(create, &denied, size, 0L);
    if (rules < 0) return -1;
    long result = syscall(restrict_self, rules, 0L);
    close((int)rules);
    return result == 0 ? 0 : -1;
}

uint32_t cs_enter(const cs_limits *limits, pid_t parent) {
    uint32_t active = 0;
    if (leave_namespaces() == 0) active |= CS_NAMESPACES;
    if (drop_privileges() == 0) active |= CS_NO_CAPABILITIES;
    // After the change of user, which clears both.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent) _exit(0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) active |= CS_NO_NEW_PRIVILEGES;
    if (set_limits(limits) == 0) active |= CS_LIMITS;
    if (enter_landlock() == 0) active |= CS_LANDLOCK;
    if (cs_install_filter() == 0) active |= CS_SECCOMP;
    return active;
}

static char signal_stack[64 << 10];

static void on_crash(int number) {
    // The malloc that failed set errno, and what crashed after it did not change it.
    if (errno == ENOMEM) _exit(CS_EXIT_NO_MEMORY);
    raise(number);
}

void cs_report_memory_failures(void) {
    stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    sigaltstack(&stack, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_crash;
    action.sa_flags = SA_ONSTACK | SA_RESETHAND | SA_NODEFER;
    const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
}
