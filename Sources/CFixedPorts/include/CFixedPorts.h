#pragma once

#include <stdint.h>

// librdkafka's mock brokers bind to port 0 and offer no way to choose; and when a bind fails it aborts the process.
// This target defines `bind` for the whole executable. `fixed_ports_begin` binds the wanted ports on 127.0.0.1;
// until `fixed_ports_end`, and only on the thread that called it, each IPv4 bind to port 0 is given one of them in
// turn. On the thread of a mock cluster, a port that is taken is waited for, up to 20 seconds: a broker that comes up again
// wants its own. At every other time, and on every other thread, it is the plain system call. It needs librdkafka to be linked
// dynamically, as a static library could have bound its own reference to libc already.

enum { FIXED_PORTS_MAX = 16 };

// Returns 0, or the errno of the first port that could not be bound, which is then in `failed`.
int fixed_ports_begin(uint16_t first, int count, uint16_t *failed);

// Frees the ports nobody asked for and returns how many were handed out.
int fixed_ports_end(void);
