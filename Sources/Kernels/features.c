#include "weir_features.h"

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

// One step of the transform among the sixteen numbers of a register: pairs at a distance of 1, 2, 4 or 8.
#define WITHIN(v, distance, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15)              \
  __builtin_shufflevector(v, v, 0 ^ distance, 1 ^ distance, 2 ^ distance, 3 ^ distance, 4 ^ distance,         \
                          5 ^ distance, 6 ^ distance, 7 ^ distance, 8 ^ distance, 9 ^ distance, 10 ^ distance, \
                          11 ^ distance, 12 ^ distance, 13 ^ distance, 14 ^ distance, 15 ^ distance) +         \
      v * (lanes) {                                                                                            \
    s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15                                       \
  }

static inline __attribute__((always_inline)) void hadamard(float *values, size_t width) {
  for (size_t at = 0; at < width; at += WEIR_LANES) {
    lanes v = *(lanes *)(values + at);
    v = WITHIN(v, 1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1);
    v = WITHIN(v, 2, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1);
    v = WITHIN(v, 4, 1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1);
    v = WITHIN(v, 8, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1);
    *(lanes *)(values + at) = v;
  }
  for (size_t distance = WEIR_LANES; distance < width; distance *= 2) {
    for (size_t first = 0; first < width; first += 2 * distance) {
      for (size_t at = first; at < first + distance; at += WEIR_LANES) {
        lanes a = *(lanes *)(values + at), b = *(lanes *)(values + at + distance);
        *(lanes *)(values + at) = a + b;
        *(lanes *)(values + at + distance) = a - b;
      }
    }
  }
}

DISPATCHED
void weir_features(const float *values, size_t count, size_t width, const float *signs, size_t blocks, float scale,
                   float *scratch, uint8_t *out) {
  for (size_t block = 0; block < blocks; block++) {
    const float *s = signs + block * 3 * width;
    for (size_t d = 0; d < count; d++) scratch[d] = values[d] * s[d];
    for (size_t d = count; d < width; d++) scratch[d] = 0;
    hadamard(scratch, width);
    for (int round = 1; round < 3; round++) {
      for (size_t d = 0; d < width; d++) scratch[d] *= s[round * width + d];
      hadamard(scratch, width);
    }
    for (size_t d = 0; d < width; d++) {
      float value = scratch[d] * scale + 0.5f;
      // The comparisons also turn a number that is not finite into a byte.
      value = value > 0 ? value : 0;
      value = value < 255 ? value : 255;
      out[block * width + d] = (uint8_t)value;
    }
  }
}
