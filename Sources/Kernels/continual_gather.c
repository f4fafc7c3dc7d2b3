#include "continual_math.h"

#include <math.h>

typedef enum { WEIGHTED, SUM, MAXIMUM } operation;

// `vectors` vectors of channels from c over all taps of one row; the last one may overlap the one before it,
// so that a row ends with whole vectors. width: the channels of a vector, fewer than sixteen only in a row
// that has no more.
INLINED void gather(operation what, const float *const *taps, size_t tap_count, size_t channels, size_t c,
                    int vectors, size_t width, const float *weights, const float *bias, float scale,
                    int activation, float *out) {
  lanes sums[4], zero = {0}, w, x, start;
  size_t places[4];
  fill(&start, what == MAXIMUM ? -INFINITY : 0);
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    places[v] = c + (size_t)v * WEIR_LANES;
    if (v == vectors - 1 && places[v] + width > channels) places[v] = channels - width;
    sums[v] = start;
    if (bias) load_some(bias + places[v], width, &sums[v]);
  }
  for (size_t tap = 0; tap < tap_count; tap++) {
    if (what != WEIGHTED && !taps[tap]) continue;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      load_some(taps[tap] + places[v], width, &x);
      if (what == WEIGHTED) load_some(weights + tap * channels + places[v], width, &w);
      switch (what) {
        case WEIGHTED: sums[v] += w * x; break;
        case SUM: sums[v] += x; break;
        // What is not a number stays, whichever of the two it is.
        case MAXIMUM: sums[v] = CHOOSE((x > sums[v]) | (x != x), x, sums[v]); break;
      }
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    if (what == SUM) sums[v] *= scale;
    if (what == WEIGHTED && activation == WEIR_RELU) sums[v] = GREATEST(zero, sums[v]);
    if (width == WEIR_LANES) STORE(out + places[v], sums[v]);
    else store_part(&sums[v], width, out + places[v]);
  }
}

INLINED void gather_rows(operation what, const float *const *taps, size_t rows, size_t tap_count,
                         size_t channels, const float *weights, const float *bias, float scale,
                         int activation, float *out) {
  for (size_t row = 0; row < rows; row++, taps += tap_count, out += channels) {
#define GATHER(vectors, width) \
  gather(what, taps, tap_count, channels, c, vectors, width, weights, bias, scale, activation, out)
    for (size_t c = 0; c < channels; c += 4 * WEIR_LANES) {
      size_t left = channels - c;
      if (channels < WEIR_LANES) GATHER(1, channels);
      else if (left > 3 * WEIR_LANES) GATHER(4, WEIR_LANES);
      else if (left > 2 * WEIR_LANES) GATHER(3, WEIR_LANES);
      else if (left > WEIR_LANES) GATHER(2, WEIR_LANES);
      else GATHER(1, WEIR_LANES);
    }
#undef GATHER
  }
}

DISPATCHED
void weir_gather_depthwise(const float *const *taps, size_t rows, size_t tap_count, size_t channels,
                           const float *weights, const float *bias, int activation, float slope, float *out) {
  gather_rows(WEIGHTED, taps, rows, tap_count, channels, weights, bias, 1, activation, out);
  if (activation > WEIR_RELU) weir_activate_rows(out, 1, rows * channels, 0, activation, slope, out);
}

DISPATCHED
void weir_gather_sum(const float *const *taps, size_t rows, size_t tap_count, size_t channels, float scale,
                     float *out) {
  gather_rows(SUM, taps, rows, tap_count, channels, 0, 0, scale, WEIR_LINEAR, out);
}

DISPATCHED
void weir_gather_max(const float *const *taps, size_t rows, size_t tap_count, size_t channels, float *out) {
  gather_rows(MAXIMUM, taps, rows, tap_count, channels, 0, 0, 1, WEIR_LINEAR, out);
}
