#include "continual_math.h"

typedef enum { AFFINE, SUM, PRODUCT, MAXIMUM } operation;

INLINED void combine(operation what, const lanes *a, const lanes *b, const lanes *c, int activation,
                     lanes *v) {
  lanes zero = {0};
  switch (what) {
    case AFFINE: *v = *b * *a + *c; break;
    case SUM: *v = *a + *b; break;
    case PRODUCT: *v = *a * *b; break;
    // Whichever is not a number wins.
    case MAXIMUM: *v = CHOOSE((*a < *b) | (*b != *b), *b, *a); break;
  }
  if (activation == WEIR_RELU) *v = GREATEST(zero, *v);
}

// One row. Its last lanes overlap the ones before them, so they are read before those are written.
INLINED void combine_row(operation what, const float *a, const float *b, const float *c, size_t width,
                         int activation, float *out) {
  lanes last, v, one, two, three = {0};
  if (width < WEIR_LANES) {
    load_part(a, width, &one);
    load_part(b, width, &two);
    if (what == AFFINE) load_part(c, width, &three);
    combine(what, &one, &two, &three, activation, &last);
    store_part(&last, width, out);
    return;
  }
  size_t end = width - WEIR_LANES;
  one = LOAD(a + end);
  two = LOAD(b + end);
  if (what == AFFINE) three = LOAD(c + end);
  combine(what, &one, &two, &three, activation, &last);
  for (size_t i = 0; i < end; i += WEIR_LANES) {
    one = LOAD(a + i);
    two = LOAD(b + i);
    if (what == AFFINE) three = LOAD(c + i);
    combine(what, &one, &two, &three, activation, &v);
    STORE(out + i, v);
  }
  STORE(out + end, last);
}

// So many floats get their activation while they are still in the first cache.
#define NEAR 2048

// Rows of which each meets the same b and c.
INLINED void combine_rows(operation what, const float *a, const float *b, const float *c, size_t rows,
                          size_t channels, int activation, float slope, float *out) {
  size_t together = channels < NEAR ? NEAR / (channels ? channels : 1) : 1;
  for (size_t row = 0; row < rows; row += together, a += together * channels, out += together * channels) {
    size_t count = rows - row < together ? rows - row : together;
    for (size_t r = 0; r < count; r++) {
      combine_row(what, a + r * channels, b, c, channels, activation, out + r * channels);
    }
    if (activation > WEIR_RELU) weir_activate_rows(out, 1, count * channels, 0, activation, slope, out);
  }
}

// Two arrays of one length.
INLINED void combine_all(operation what, const float *a, const float *b, size_t count, int activation,
                         float slope, float *out) {
  for (size_t first = 0; first < count; first += NEAR) {
    size_t width = count - first < NEAR ? count - first : NEAR;
    combine_row(what, a + first, b + first, a, width, activation, out + first);
    if (activation > WEIR_RELU) weir_activate_rows(out + first, 1, width, 0, activation, slope, out + first);
  }
}

DISPATCHED
void weir_affine(const float *x, size_t rows, size_t channels, const float *scale, const float *shift,
                 int activation, float slope, float *out) {
  combine_rows(AFFINE, x, scale, shift, rows, channels, activation, slope, out);
}

DISPATCHED
void weir_add(const float *a, const float *b, size_t count, int activation, float slope, float *out) {
  combine_all(SUM, a, b, count, activation, slope, out);
}

DISPATCHED
void weir_multiply(const float *a, const float *b, size_t count, int activation, float slope, float *out) {
  combine_all(PRODUCT, a, b, count, activation, slope, out);
}

DISPATCHED
void weir_maximum(const float *a, const float *b, size_t count, int activation, float slope, float *out) {
  combine_all(MAXIMUM, a, b, count, activation, slope, out);
}

DISPATCHED
void weir_gate(const float *x, size_t rows, size_t channels, const float *gate, int activation, float slope,
               float *out) {
  combine_rows(PRODUCT, x, gate, x, rows, channels, activation, slope, out);
}

DISPATCHED
void weir_transpose(const float *x, size_t rows, size_t columns, float *out) {
  // An image's three planes.
  if (rows == 3) {
    const float *second = x + columns, *third = second + columns;
    for (size_t c = 0; c < columns; c++) {
      out[3 * c] = x[c];
      out[3 * c + 1] = second[c];
      out[3 * c + 2] = third[c];
    }
    return;
  }
  // Sixteen rows at a time: what is written lies side by side, and what is read stays in the first cache.
  for (size_t row = 0; row < rows; row += WEIR_LANES) {
    size_t count = rows - row < WEIR_LANES ? rows - row : WEIR_LANES;
    for (size_t c = 0; c < columns; c++) {
      for (size_t r = 0; r < count; r++) out[c * rows + row + r] = x[(row + r) * columns + c];
    }
  }
}
