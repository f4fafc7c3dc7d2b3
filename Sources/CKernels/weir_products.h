#ifndef WEIR_PRODUCTS_H
#define WEIR_PRODUCTS_H

#include <stddef.h>
#include <stdint.h>

// out[r] = sum over d of matrix[r][d] * x[d].
//
// The sum runs in sixteen lanes, each in the order of d, which are then added pairwise in a fixed order, without
// fused operations: the same bits on every CPU, for a row alone as among others.
//
// matrix: [rows][stride], stride and width multiples of 16
// x:      [width]
void weir_matvec(const float *matrix, size_t rows, size_t stride, const float *x, size_t width, float *out);

#endif
