#define _GNU_SOURCE
#include "cs_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0
#endif

/// Calls without effect outside of this process: its own memory, its own signals, time, randomness, and descriptors that it has.
static const int allowed[] = {
    SYS_read,         SYS_write,          SYS_readv,        SYS_writev,          SYS_recvmsg,
    SYS_sendmsg,      SYS_recvfrom,       SYS_sendto,       SYS_close,           SYS_lseek,
    SYS_fstat,        SYS_munmap,         SYS_mremap,       SYS_madvise,         SYS_brk,
    SYS_futex,        SYS_clock_gettime,  SYS_gettimeofday, SYS_clock_getres,    SYS_getrandom,
    SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_rt_sigaction, SYS_sigaltstack,     SYS_exit,
    SYS_exit_group,   SYS_sched_yield,    SYS_getpid,       SYS_gettid,          SYS_getrusage,
    SYS_sysinfo,      SYS_uname,          SYS_ppoll,        SYS_restart_syscall, SYS_sched_getaffinity,
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_rseq
    SYS_rseq,
#endif
};

/// Calls that no reader of documents makes: whoever tries one has taken over the process, and ends with it.
static const int fatal[] = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_socket,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept4,
    SYS_mount,
    SYS_unshare,
    SYS_setns,
    SYS_bpf,
    SYS_keyctl,
    SYS_init_module,
    SYS_finit_module,
    SYS_kexec_load,
    SYS_perf_event_open,
    SYS_userfaultfd,
#ifdef SYS_io_uring_setup
    SYS_io_uring_setup,
#endif
};

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define LOW_WORD(number) ((uint32_t)(offsetof(struct seccomp_data, args) + (number) * sizeof(uint64_t)))
#define LOAD(offset) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset)))
#define RETURN(value) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (value)))
#define IF_EQUAL(value, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), (yes), (no)))
#define IF_SET(bits, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bits), (yes), (no)))
#define IF_AT_LEAST(value, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)(value), (yes), (no)))

struct program {
    struct sock_filter steps[256];
    unsigned short count;
};

static void add(struct program *program, struct sock_filter step) { program->steps[program->count++] = step; }

/// Returns `verdict` for the system call `number`; other calls continue.
static void verdict(struct program *program, int number, uint32_t verdict) {
    add(program, IF_EQUAL(number, 0, 1));
    add(program, RETURN(verdict));
}

/// Allows `number` unless its argument has one of `bits`, and denies it then.
static void allow_without(struct program *program, int number, int argument, uint32_t bits) {
    add(program, IF_EQUAL(number, 0, 4));
    add(program, LOAD(LOW_WORD(argument)));
    add(program, IF_SET(bits, 0, 1));
    add(program, RETURN(SECCOMP_RET_ERRNO | EPERM));
    add(program, RETURN(SECCOMP_RET_ALLOW));
}

/// Allows `number` if its argument equals `value`, and denies it otherwise.
static void allow_with(struct program *program, int number, int argument, uint32_t value) {
    add(program, IF_EQUAL(number, 0, 4));
    add(program, LOAD(LOW_WORD(argument)));
    add(program, IF_EQUAL(value, 1, 0));
    add(program, RETURN(SECCOMP_RET_ERRNO | EPERM));
    add(program, RETURN(SECCOMP_RET_ALLOW));
}

static void write_program(struct program *program) {
    add(program, LOAD(offsetof(struct seccomp_data, arch)));
    add(program, IF_EQUAL(ARCHITECTURE, 1, 0));
    add(program, RETURN(SECCOMP_RET_KILL_PROCESS));
    add(program, LOAD(offsetof(struct seccomp_data, nr)));
#if defined(__x86_64__)
    // The x32 calls, which are the same ones under other numbers.
    add(program, IF_AT_LEAST(0x40000000, 0, 1));
    add(program, RETURN(SECCOMP_RET_KILL_PROCESS));
#endif
    for (size_t i = 0; i < COUNT(allowed); i++) verdict(program, allowed[i], SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < COUNT(fatal); i++) verdict(program, fatal[i], SECCOMP_RET_KILL_PROCESS);
    // No new code: memory is never made executable.
    allow_without(program, SYS_mmap, 2, PROT_EXEC);
    allow_without(program, SYS_mprotect, 2, PROT_EXEC);
    // The status of an open descriptor, as newer C libraries read it. A path would be an absolute one, or an empty one.
#ifdef SYS_newfstatat
    allow_with(program, SYS_newfstatat, 3, AT_EMPTY_PATH);
#endif
    allow_with(program, SYS_fcntl, 1, F_GETFL);
    // abort() sends a signal to its own thread.
    allow_with(program, SYS_tgkill, 0, (uint32_t)getpid());
#ifdef SYS_clone3
    // Tells the C library to try the older call, which is denied.
    verdict(program, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
#endif
    add(program, RETURN(SECCOMP_RET_ERRNO | EPERM));
}

int cs_install_filter(void) {
    struct program program = {.count = 0};
    if (ARCHITECTURE == 0) return -1;
    write_program(&program);
    struct sock_fprog filter = {.len = program.count, .filter = program.steps};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0 ? 0 : -1;
}
