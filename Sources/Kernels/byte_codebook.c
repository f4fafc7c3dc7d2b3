#include "weir_byte_codebook.h"

#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

// A block is 16 keys. Four neighbouring coordinates of each, a byte a piece, make one row of 64 bytes. The
// half squared length of the bytes goes into two bytes more where the last row has room for them ("narrow"),
// else into a row of its own, in front, as a negative 32-bit number ("wide").
static size_t quads(size_t dimension) { return (dimension + 3) / 4; }
static int is_wide(size_t dimension) { return dimension % 4 == 0 || dimension % 4 == 3; }

// Two bytes of a narrow norm: 127 times the first plus the second.
enum { NARROW_UNIT = 127, NARROW_LIMIT = 255 * 127 + 126 };

size_t weir_byte_rows(size_t dimension) { return quads(dimension) + is_wide(dimension); }

// The integer coordinates of a key in [-127, 127], and half of their squared length, rounded down. Returns
// the squared distance between the key and its integers, in steps.
static double round_key(const float *key, const float *centre, size_t dimension, double step,
                        int32_t *rounded, int32_t *half) {
  double error = 0;
  int32_t square = 0;
  for (size_t d = 0; d < dimension; d++) {
    double value = ((double)key[d] - (double)centre[d]) / step;
    int32_t integer = (int32_t)lrint(value);
    integer = integer > 127 ? 127 : integer < -127 ? -127 : integer;
    error += (value - integer) * (value - integer);
    square += integer * integer;
    rounded[d] = integer;
  }
  *half = square / 2;
  return error;
}

void weir_quantise(weir_byte_codebook *book) {
  const size_t count = book->count, dimension = book->dimension;
  const int wide = is_wide(dimension);
  const size_t rows = weir_byte_rows(dimension), blocks = (count + WEIR_GROUP - 1) / WEIR_GROUP * 4;
  // Until bytes are known to do: they are infinitely far, and every key is compared in full.
  book->inverse_step = book->rounding = book->rounding_slope = 0;
  book->key_error = INFINITY;
  book->least_norm = 0;
  memset(book->bytes, 0, blocks * rows * 64);
  if (count == 0 || dimension > 1024) return;

  double range = 0, centre_square = 0, farthest = 0, highest = 0;
  for (size_t d = 0; d < dimension; d++) {
    float least = INFINITY, largest = -INFINITY;
    for (size_t key = 0; key < count; key++) {
      float value = book->keys[key * dimension + d];
      least = value < least ? value : least;
      largest = value > largest ? value : largest;
    }
    book->centre[d] = least / 2 + largest / 2;
    centre_square += (double)book->centre[d] * book->centre[d];
    double below = (double)book->centre[d] - least, above = (double)largest - book->centre[d];
    range = fmax(range, fmax(below, above));
  }
  for (size_t key = 0; key < count; key++) {
    highest = fmax(highest, book->half_norms[key]);
    double square = 0;
    for (size_t d = 0; d < dimension; d++) {
      double value = (double)book->keys[key * dimension + d] - book->centre[d];
      square += value * value;
    }
    farthest = fmax(farthest, square);
  }
  // A single key has no range; it is the nearest whatever the step is.
  if (range == 0) range = 1;
  // Beyond these ranges the bound below would meet overflow or denormal numbers.
  if (range < 1e-12 || highest > 1e24) return;
  double step = range / 127;
  if (!wide) step = fmax(step, sqrt(farthest / 2 / (NARROW_LIMIT - 300)));

  int32_t integers[1024], half, least = INT32_MAX, largest = 0;
  double error;
  // Rounding can carry a narrow norm over its limit; a slightly larger step then brings it back.
  for (;; step *= 1.03) {
    error = 0, least = INT32_MAX, largest = 0;
    for (size_t key = 0; key < count; key++) {
      error = fmax(error, round_key(book->keys + key * dimension, book->centre, dimension, step, integers,
                                    &half));
      least = half < least ? half : least;
      largest = half > largest ? half : largest;
    }
    if (wide || largest - least <= NARROW_LIMIT) break;
  }
  for (size_t place = 0; place < blocks * 16; place++) {
    // The places beyond the last key repeat the first: they can be no nearer than a key is, and when they are
    // as near their number gives them away.
    size_t key = place < count ? place : 0;
    round_key(book->keys + key * dimension, book->centre, dimension, step, integers, &half);
    half -= least;
    uint8_t *block = book->bytes + place / 16 * rows * 64;
    size_t lane = place % 16;
    if (wide) {
      int32_t negative = -half;
      memcpy(block + lane * 4, &negative, 4);
      block += 64;
    } else {
      block[dimension / 4 * 64 + lane * 4 + dimension % 4] = (uint8_t)(half / NARROW_UNIT);
      block[(dimension + 1) / 4 * 64 + lane * 4 + (dimension + 1) % 4] = (uint8_t)(half % NARROW_UNIT);
    }
    for (size_t d = 0; d < dimension; d++)
      block[d / 4 * 64 + lane * 4 + d % 4] = (uint8_t)(integers[d] + 128);
  }

  // See the proof in nearest_bytes.c. The factors round up; 1e-6 stands for products that are denormal.
  const double unit = (2 * (double)dimension + 8) * 0x1p-24 * 1.001, longest = sqrt(2 * highest);
  const double reach = 127 * sqrt((double)dimension);
  book->inverse_step = (float)(1 / step);
  book->key_error = (float)(sqrt(error) * 1.0001 + 1e-5 + 1e-6 * reach);
  book->rounding = (float)(
      unit * (highest + (sqrt(centre_square) + reach * step) * longest) / (step * step) * 1.0001 + 1e-6);
  book->rounding_slope = (float)(unit * longest / step * 1.0001);
  book->least_norm = least;
}

// Four keys at once, so that the additions of one hide the latency of the others'.
void weir_row_scores(const weir_byte_codebook *book, const float *query, float *scores) {
  const size_t count = book->count, dimension = book->dimension;
  size_t key = 0;
  for (; key + 4 <= count; key += 4) {
    const float *k0 = book->keys + key * dimension, *k1 = k0 + dimension;
    const float *k2 = k1 + dimension, *k3 = k2 + dimension;
    float s0 = book->half_norms[key], s1 = book->half_norms[key + 1];
    float s2 = book->half_norms[key + 2], s3 = book->half_norms[key + 3];
    for (size_t d = 0; d < dimension; d++) {
      s0 -= query[d] * k0[d];
      s1 -= query[d] * k1[d];
      s2 -= query[d] * k2[d];
      s3 -= query[d] * k3[d];
    }
    scores[key] = s0;
    scores[key + 1] = s1;
    scores[key + 2] = s2;
    scores[key + 3] = s3;
  }
  for (; key < count; key++) {
    float sum = book->half_norms[key];
    for (size_t d = 0; d < dimension; d++) sum -= query[d] * book->keys[key * dimension + d];
    scores[key] = sum;
  }
}
