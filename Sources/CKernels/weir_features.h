#ifndef WEIR_FEATURES_H
#define WEIR_FEATURES_H

#include <stddef.h>
#include <stdint.h>

// Random ReLU features of a vector, as bytes: for each block of `width` features three rounds of random signs and a
// Hadamard transform, which together act as a random orthogonal matrix, then the positive part in whole steps.
// Only sums and differences in a fixed order: the same bytes on every CPU.
//
// values:  `count` numbers, at most `width`; the rest is taken as zero
// width:   a power of two, at least 16
// signs:   [blocks][3][width], each plus or minus `1 / sqrt(width)`
// scale:   multiplies the outcome before it is rounded to a byte, 0 to 255
// scratch: [width]
// out:     [blocks][width]
void weir_features(const float *values, size_t count, size_t width, const float *signs, size_t blocks, float scale,
                   float *scratch, uint8_t *out);

#endif
