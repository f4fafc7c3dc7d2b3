#ifndef WEIR_KERNELS_H
#define WEIR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "weir_byte_codebook.h"
#include "weir_readout.h"

// The kernels that everything pure stands on. They fix the order of every floating-point operation
// and never contract a multiply and an add: a result has the same bits in a batch as alone, and the same
// bits on every CPU. That is what lets a log be replayed on another machine to the same model.

// Number of keys, or of projected columns, that one packed block holds.
#define WEIR_LANES 16

// out[r][c] = sum over d of x[r][d] * matrix[d][c], summed in the order of d.
//
// x:      [rows][width]
// matrix: packed [column_blocks][width][WEIR_LANES]
// out:    [rows][out_stride]; column_blocks * WEIR_LANES values of each row are written.
void weir_project(const float *x, size_t rows, size_t width, const float *matrix, size_t column_blocks,
                  float *out, size_t out_stride);

// For each query the index of the key with the smallest half_norm - query.key, ties to the lowest index.
// A key whose half norm is +infinity is never chosen; when all are, the index is 0 and the score +infinity.
//
// keys:       packed [key_blocks][dimension][WEIR_LANES]
// half_norms: [key_blocks * WEIR_LANES], half of each key's squared length
// queries:    count rows of `dimension` values, query_stride apart
// indices:    count values, index_stride apart
// scores:     count values, index_stride apart, or NULL: half_norm - query.key of the chosen key
void weir_nearest(const float *keys, const float *half_norms, size_t key_blocks, size_t dimension,
                  const float *queries, size_t query_stride, size_t count, uint16_t *indices,
                  size_t index_stride, float *scores);

// half_norm - query.key of every key, with the bits that weir_nearest compares.
//
// scores: [key_blocks * WEIR_LANES]
void weir_scores(const float *keys, const float *half_norms, size_t key_blocks, size_t dimension,
                 const float *query, float *scores);

#endif
