#include "weir_products.h"

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

// The lanes of a sum, added pairwise. By address: a vector of this size cannot be an argument on every CPU.
static inline __attribute__((always_inline)) float sum_of(float *sums) {
  for (int width = WEIR_LANES / 2; width > 0; width /= 2) {
    for (int lane = 0; lane < width; lane++) sums[lane] += sums[lane + width];
  }
  return sums[0];
}

DISPATCHED
void weir_matvec(const float *matrix, size_t rows, size_t stride, const float *x, size_t width, float *out) {
  size_t row = 0;
  // Four rows at a time: x is loaded once for all, and their sums hide each other's latency.
  for (; row + 4 <= rows; row += 4) {
    const float *m0 = matrix + row * stride, *m1 = m0 + stride, *m2 = m1 + stride, *m3 = m2 + stride;
    lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    for (size_t d = 0; d < width; d += WEIR_LANES) {
      lanes value = *(const lanes *)(x + d);
      s0 += *(const lanes *)(m0 + d) * value;
      s1 += *(const lanes *)(m1 + d) * value;
      s2 += *(const lanes *)(m2 + d) * value;
      s3 += *(const lanes *)(m3 + d) * value;
    }
    out[row] = sum_of((float *)&s0);
    out[row + 1] = sum_of((float *)&s1);
    out[row + 2] = sum_of((float *)&s2);
    out[row + 3] = sum_of((float *)&s3);
  }
  for (; row < rows; row++) {
    lanes sum = {0};
    for (size_t d = 0; d < width; d += WEIR_LANES) {
      sum += *(const lanes *)(matrix + row * stride + d) * *(const lanes *)(x + d);
    }
    out[row] = sum_of((float *)&sum);
  }
}
