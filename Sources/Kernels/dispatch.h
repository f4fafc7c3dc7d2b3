#ifndef WEIR_DISPATCH_H
#define WEIR_DISPATCH_H

#include "weir_kernels.h"

// Three clones of each kernel, chosen at run time. "arch=haswell" is not picked on AMD processors and
// "avx2,fma" makes two clones of which neither has both, hence the microarchitecture levels.
// A sanitizer's runtime is not there yet when the choice is made, and its checks would crash.
#if defined(__has_feature)
#define SANITIZED (__has_feature(thread_sanitizer) || __has_feature(address_sanitizer))
#else
#define SANITIZED 0
#endif
#if defined(__x86_64__) && !SANITIZED
#define DISPATCHED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DISPATCHED
#endif

// Sixteen lanes: one register with AVX-512, two with AVX2, four with SSE2 and NEON. Alignment of one
// float, because Swift arrays promise no more.
typedef float lanes __attribute__((vector_size(WEIR_LANES * 4), aligned(4)));
typedef int32_t mask __attribute__((vector_size(WEIR_LANES * 4), aligned(4)));

#endif
