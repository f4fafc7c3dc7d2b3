#pragma once

#include <stdbool.h>
#include <stdint.h>

// librdkafka's mock brokers bind to port 0 and offer no way to choose. This target defines `bind` for the whole
// executable: between `fixed_ports_begin` and `fixed_ports_end`, and only on the thread that called them, an
// IPv4 bind to port 0 is given the next wanted port instead. At every other time, and on every other thread,
// it is the plain system call. It needs librdkafka to be linked dynamically, as a static library could have
// bound its own reference to libc already.

typedef struct {
    int bound;       // how many of the wanted ports were bound
    int error;       // errno of the first bind that failed, or 0
    uint16_t port;   // the port that bind wanted
} fixed_ports_result;

void fixed_ports_begin(uint16_t first, int count);
fixed_ports_result fixed_ports_end(void);
