#ifndef WEIR_ALLOCATIONS_H
#define WEIR_ALLOCATIONS_H

#include <stddef.h>

// The number of times that this thread asked for memory since it began; -1 where asking cannot be counted
// (a sanitizer has its own allocator).
long weir_allocations(void);

// The number of bytes that this thread asked for since it began, whatever became of them; -1 as above.
long weir_allocated_bytes(void);

#endif
