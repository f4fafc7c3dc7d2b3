#include "CFixedPorts.h"

#if defined(__linux__)

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local int left;
static _Thread_local uint16_t next_port;
static _Thread_local fixed_ports_result result;

void fixed_ports_begin(uint16_t first, int count) {
    left = count;
    next_port = first;
    memset(&result, 0, sizeof result);
}

fixed_ports_result fixed_ports_end(void) {
    left = 0;
    return result;
}

static int plain_bind(int socket, const struct sockaddr *address, socklen_t length) {
    return (int)syscall(SYS_bind, socket, address, length);
}

int bind(int socket, const struct sockaddr *address, socklen_t length) {
    if (left == 0 || address == NULL || length < sizeof(struct sockaddr_in) || address->sa_family != AF_INET) {
        return plain_bind(socket, address, length);
    }
    struct sockaddr_in wanted;
    memcpy(&wanted, address, sizeof wanted);
    if (wanted.sin_port != 0) {
        return plain_bind(socket, address, length);
    }
    left -= 1;
    uint16_t port = next_port++;
    wanted.sin_port = htons(port);
    // Without it a broker that was stopped a moment ago would hold its port for a minute (TIME_WAIT).
    int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    int status = plain_bind(socket, (const struct sockaddr *)&wanted, sizeof wanted);
    if (status == 0) {
        result.bound += 1;
    } else if (result.error == 0) {
        result.error = errno;
        result.port = port;
    }
    return status;
}

#else

void fixed_ports_begin(uint16_t first, int count) {
    (void)first;
    (void)count;
}

fixed_ports_result fixed_ports_end(void) {
    fixed_ports_result none = {0, 0, 0};
    return none;
}

#endif
