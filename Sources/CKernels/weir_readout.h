#ifndef WEIR_READOUT_H
#define WEIR_READOUT_H

#include <stddef.h>
#include <stdint.h>

// The inner loops of the gradient readout. Like the other kernels they fix the order of every operation.

// Where the values of keys lie: rows of `width` values, a multiple of 16.
typedef struct {
  // [codebooks][keys], the row of each key, or -1.
  const int32_t *rows;
  float *values;
  size_t keys, width;
  // The keys that a record fetches in each codebook.
  size_t neighbours;
} weir_value_table;

// out[class] = sum over the codes of a record of the values of their rows, in the order of the codes. A key
// without a row counts as zeros.
//
// codes:   [count], codebook after codebook
// classes: how many sums to write, at most `width`
void weir_sum_values(const weir_value_table *table, const uint16_t *codes, size_t count, float *out,
                     size_t classes);

// values of the rows of a record's codes += scale * error. Every key must have its row.
//
// error: [width]
void weir_add_values(const weir_value_table *table, const uint16_t *codes, size_t count, const float *error,
                     float scale);

// The sum, over the keys that a batch fetched and all classes, of (share * the sum of the errors of the
// records that fetched the key) squared.
//
// codes:  [records][count]
// errors: [records][width]
// marks:  [keys], zeros; zeros again afterwards
// sums:   [records * neighbours][width], overwritten
float weir_gradient_square(const weir_value_table *table, const uint16_t *codes, size_t records, size_t count,
                           const float *errors, float share, uint32_t *marks, float *sums);

#endif
