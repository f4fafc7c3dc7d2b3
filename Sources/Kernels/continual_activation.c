#include "continual_math.h"

// The last lanes of a row overlap the ones before them, so they are read before those are written.
INLINED void activate_all(const float *x, size_t rows, size_t width, size_t stride, int activation,
                          float slope, float *out) {
  for (size_t row = 0; row < rows; row++, x += stride, out += stride) {
    lanes last, v;
    if (width < WEIR_LANES) {
      load_part(x, width, &last);
      activate(&last, activation, slope);
      store_part(&last, width, out);
      continue;
    }
    last = LOAD(x + width - WEIR_LANES);
    for (size_t c = 0; c + WEIR_LANES < width; c += WEIR_LANES) {
      v = LOAD(x + c);
      activate(&v, activation, slope);
      STORE(out + c, v);
    }
    activate(&last, activation, slope);
    STORE(out + width - WEIR_LANES, last);
  }
}

DISPATCHED
void weir_activate_rows(const float *x, size_t rows, size_t width, size_t stride, int activation, float slope,
                        float *out) {
#define KIND(kind) \
  case kind: activate_all(x, rows, width, stride, kind, slope, out); break
  switch (activation) {
    KIND(WEIR_RELU);
    KIND(WEIR_SILU);
    KIND(WEIR_SIGMOID);
    KIND(WEIR_TANH);
    KIND(WEIR_GELU);
    KIND(WEIR_LEAKY_RELU);
    KIND(WEIR_ELU);
    KIND(WEIR_HARD_SWISH);
    KIND(WEIR_SOFTPLUS);
    KIND(WEIR_RELU6);
    default:
      if (out != x) activate_all(x, rows, width, stride, WEIR_LINEAR, slope, out);
  }
#undef KIND
}

void weir_activate(const float *x, size_t count, int activation, float slope, float *out) {
  weir_activate_rows(x, 1, count, 0, activation, slope, out);
}
