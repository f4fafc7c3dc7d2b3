#include "weir_kernels.h"

#include <math.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

// A sum is a chain of additions that wait for each other, so four chains run side by side: four rows at the
// same columns, or, for the rows that are left, one row at four blocks of columns.
DISPATCHED
void weir_project(const float *x, size_t rows, size_t width, const float *matrix, size_t column_blocks,
                  float *out, size_t out_stride) {
  const size_t whole = rows / 4 * 4, size = width * WEIR_LANES;
  for (size_t block = 0; block < column_blocks; block++) {
    const float *columns = matrix + block * size;
    float *target = out + block * WEIR_LANES;
    for (size_t row = 0; row < whole; row += 4) {
      const float *x0 = x + row * width, *x1 = x0 + width, *x2 = x1 + width, *x3 = x2 + width;
      lanes sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
      for (size_t d = 0; d < width; d++) {
        lanes column = *(const lanes *)(columns + d * WEIR_LANES);
        sum0 += x0[d] * column;
        sum1 += x1[d] * column;
        sum2 += x2[d] * column;
        sum3 += x3[d] * column;
      }
      *(lanes *)(target + row * out_stride) = sum0;
      *(lanes *)(target + (row + 1) * out_stride) = sum1;
      *(lanes *)(target + (row + 2) * out_stride) = sum2;
      *(lanes *)(target + (row + 3) * out_stride) = sum3;
    }
  }
  for (size_t row = whole; row < rows; row++) {
    const float *x0 = x + row * width;
    lanes *target = (lanes *)(out + row * out_stride);
    size_t block = 0;
    for (; block + 4 <= column_blocks; block += 4) {
      const float *columns = matrix + block * size;
      lanes sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
      for (size_t d = 0; d < width; d++) {
        sum0 += x0[d] * *(const lanes *)(columns + d * WEIR_LANES);
        sum1 += x0[d] * *(const lanes *)(columns + size + d * WEIR_LANES);
        sum2 += x0[d] * *(const lanes *)(columns + 2 * size + d * WEIR_LANES);
        sum3 += x0[d] * *(const lanes *)(columns + 3 * size + d * WEIR_LANES);
      }
      target[block] = sum0;
      target[block + 1] = sum1;
      target[block + 2] = sum2;
      target[block + 3] = sum3;
    }
    for (; block < column_blocks; block++) {
      const float *columns = matrix + block * size;
      lanes sum = {0};
      for (size_t d = 0; d < width; d++) sum += x0[d] * *(const lanes *)(columns + d * WEIR_LANES);
      target[block] = sum;
    }
  }
}

DISPATCHED
void weir_nearest(const float *keys, const float *half_norms, size_t key_blocks, size_t dimension,
                  const float *queries, size_t query_stride, size_t count, uint16_t *indices,
                  size_t index_stride, float *scores) {
  for (size_t q = 0; q < count; q++) {
    const float *query = queries + q * query_stride;
    lanes best = (lanes){0} + INFINITY;
    mask best_block = {0};
    size_t block = 0;
    // Four blocks at a time: enough independent sums to hide the latency of an addition.
    for (; block + 4 <= key_blocks; block += 4) {
      const float *k0 = keys + block * dimension * WEIR_LANES;
      const float *k1 = k0 + dimension * WEIR_LANES, *k2 = k1 + dimension * WEIR_LANES;
      const float *k3 = k2 + dimension * WEIR_LANES;
      const lanes *norms = (const lanes *)(half_norms + block * WEIR_LANES);
      lanes s0 = norms[0], s1 = norms[1], s2 = norms[2], s3 = norms[3];
      for (size_t d = 0; d < dimension; d++) {
        float value = query[d];
        s0 -= value * *(const lanes *)(k0 + d * WEIR_LANES);
        s1 -= value * *(const lanes *)(k1 + d * WEIR_LANES);
        s2 -= value * *(const lanes *)(k2 + d * WEIR_LANES);
        s3 -= value * *(const lanes *)(k3 + d * WEIR_LANES);
      }
#define KEEP_SMALLER(sum, number)                                               \
  {                                                                             \
    mask smaller = (mask)((sum) < best);                                        \
    best_block = (smaller & (int32_t)(number)) | (~smaller & best_block);       \
    best = (lanes)((smaller & (mask)(sum)) | (~smaller & (mask)best));          \
  }
      KEEP_SMALLER(s0, block)
      KEEP_SMALLER(s1, block + 1)
      KEEP_SMALLER(s2, block + 2)
      KEEP_SMALLER(s3, block + 3)
    }
    for (; block < key_blocks; block++) {
      const float *k0 = keys + block * dimension * WEIR_LANES;
      lanes sum = *(const lanes *)(half_norms + block * WEIR_LANES);
      for (size_t d = 0; d < dimension; d++) sum -= query[d] * *(const lanes *)(k0 + d * WEIR_LANES);
      KEEP_SMALLER(sum, block)
    }
#undef KEEP_SMALLER
    // Within a lane the earliest block was kept; across lanes the lowest index decides a tie.
    float score = best[0];
    int32_t index = best_block[0] * WEIR_LANES;
    for (int lane = 1; lane < WEIR_LANES; lane++) {
      int32_t candidate = best_block[lane] * WEIR_LANES + lane;
      if (best[lane] < score || (best[lane] == score && candidate < index)) {
        score = best[lane];
        index = candidate;
      }
    }
    indices[q * index_stride] = (uint16_t)index;
    if (scores) scores[q * index_stride] = score;
  }
}

DISPATCHED
void weir_scores(const float *keys, const float *half_norms, size_t key_blocks, size_t dimension,
                 const float *query, float *scores) {
  for (size_t block = 0; block < key_blocks; block++) {
    const float *k0 = keys + block * dimension * WEIR_LANES;
    lanes sum = *(const lanes *)(half_norms + block * WEIR_LANES);
    for (size_t d = 0; d < dimension; d++) sum -= query[d] * *(const lanes *)(k0 + d * WEIR_LANES);
    *(lanes *)(scores + block * WEIR_LANES) = sum;
  }
}
