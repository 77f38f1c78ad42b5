#define _GNU_SOURCE
#include "CSandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int cs_try_connect(void) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return errno;
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(9);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int code = connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    close(descriptor);
    return code;
}

int cs_try_open(const char *path, int for_writing) {
    int descriptor = open(path, for_writing ? O_WRONLY | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0600);
    if (descriptor < 0) return errno;
    close(descriptor);
    return 0;
}

int cs_try_exec(void) {
    char *arguments[] = {"/bin/true", NULL};
    char *environment[] = {NULL};
    execve(arguments[0], arguments, environment);
    return errno;
}

int cs_try_fork(void) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    return child < 0 ? errno : 0;
}

int cs_try_signal(pid_t process) { return kill(process, 0) == 0 ? 0 : errno; }
