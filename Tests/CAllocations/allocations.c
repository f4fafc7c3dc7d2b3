// Counts allocations by standing in for the C library's functions, which glibc also offers under other names.
#include "allocations.h"

#include <errno.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED

long weir_allocations(void) { return -1; }

long weir_allocated_bytes(void) { return -1; }

#else

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Thread_local long count;
static _Thread_local long bytes;

long weir_allocations(void) { return count; }

long weir_allocated_bytes(void) { return bytes; }

void *malloc(size_t size) {
  count++;
  bytes += (long)size;
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count++;
  bytes += (long)(number * size);
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  count++;
  bytes += (long)size;
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count++;
  bytes += (long)size;
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count++;
  bytes += (long)size;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  count++;
  bytes += (long)size;
  void *result = __libc_memalign(alignment, size);
  if (!result) return ENOMEM;
  *memory = result;
  return 0;
}

#endif
