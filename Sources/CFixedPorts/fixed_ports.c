#define _GNU_SOURCE  // dup3, pthread_getname_np

#include "CFixedPorts.h"

#include <errno.h>

#if defined(__linux__)

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local int held[FIXED_PORTS_MAX];
static _Thread_local int held_count;
static _Thread_local int handed_out;

static int plain_bind(int socket, const void *address, socklen_t length) {
    return (int)syscall(SYS_bind, socket, address, length);
}

static int bound_socket(uint16_t port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    // Without it a broker that was stopped a moment ago would hold its port for a minute (TIME_WAIT).
    int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    // Two sockets may be bound to one port as long as none listens, so the port is held by listening.
    if (plain_bind(fd, &address, sizeof address) != 0 || listen(fd, SOMAXCONN) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int fixed_ports_begin(uint16_t first, int count, uint16_t *failed) {
    held_count = 0;
    handed_out = 0;
    *failed = first;
    if (count < 0 || count > FIXED_PORTS_MAX || first + count - 1 > 65535) {
        return EINVAL;
    }
    for (int i = 0; i < count; i++) {
        int fd = bound_socket((uint16_t)(first + i));
        if (fd < 0) {
            int error = errno;
            *failed = (uint16_t)(first + i);
            fixed_ports_end();
            return error;
        }
        held[held_count++] = fd;
    }
    return 0;
}

int fixed_ports_end(void) {
    int given = handed_out;
    while (handed_out < held_count) {
        close(held[handed_out++]);
    }
    held_count = 0;
    handed_out = 0;
    return given;
}

// A broker of the mock cluster that comes up again binds the port that it had, and the cluster ends the process when
// it cannot. While it was down any client of this machine may have been given that port for a connection: such a port
// is waited for, as connections do not last.
static int bind_again(int socket, const struct sockaddr_in *address, socklen_t length) {
    char name[16] = "";
    pthread_getname_np(pthread_self(), name, sizeof name);
    int result = plain_bind(socket, address, length);
    for (int tries = 0; result != 0 && errno == EADDRINUSE && strcmp(name, "rdk:mock") == 0 && tries < 1000;
         tries++) {
        usleep(20 * 1000);
        result = plain_bind(socket, address, length);
    }
    return result;
}

// Under _GNU_SOURCE glibc declares the address as a transparent union of pointers.
int bind(int socket, __CONST_SOCKADDR_ARG address, socklen_t length) {
    const struct sockaddr_in *in = address.__sockaddr_in__;
    if (handed_out == held_count || in == NULL || length < sizeof *in || in->sin_family != AF_INET
        || in->sin_port != 0) {
        return bind_again(socket, in, length);
    }
    // The caller's descriptor becomes the socket that is bound already, with the flags it had.
    int fd = held[handed_out];
    int status_flags = fcntl(socket, F_GETFL);
    int close_on_exec = fcntl(socket, F_GETFD) & FD_CLOEXEC;
    if (status_flags < 0 || fcntl(fd, F_SETFL, status_flags) < 0
        || dup3(fd, socket, close_on_exec ? O_CLOEXEC : 0) < 0) {
        return -1;
    }
    handed_out += 1;
    close(fd);
    return 0;
}

#else

int fixed_ports_begin(uint16_t first, int count, uint16_t *failed) {
    (void)count;
    *failed = first;
    return ENOTSUP;
}

int fixed_ports_end(void) {
    return 0;
}

#endif
