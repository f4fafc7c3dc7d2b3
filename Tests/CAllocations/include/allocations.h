#ifndef WEIR_ALLOCATIONS_H
#define WEIR_ALLOCATIONS_H

#include <stddef.h>

// The number of times that this thread asked for memory since it began; -1 where asking cannot be counted
// (a sanitizer has its own allocator).
long weir_allocations(void);

#endif
