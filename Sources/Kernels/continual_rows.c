#include "continual_math.h"

#include <math.h>

DISPATCHED
void weir_softmax(const float *x, size_t rows, size_t channels, float *out) {
  size_t whole = channels / WEIR_LANES * WEIR_LANES;
  for (size_t row = 0; row < rows; row++, x += channels, out += channels) {
    float factor = 1 / exponentials(x, channels, out);
    for (size_t c = 0; c < whole; c += WEIR_LANES) STORE(out + c, LOAD(out + c) * factor);
    for (size_t c = whole; c < channels; c++) out[c] *= factor;
  }
}

DISPATCHED
void weir_layer_norm(const float *x, size_t rows, size_t channels, const float *gamma, const float *beta,
                     float epsilon, float *out) {
  size_t whole = channels / WEIR_LANES * WEIR_LANES, part = channels - whole;
  for (size_t row = 0; row < rows; row++, x += channels, out += channels) {
    // Four sums that take turns, because one would wait for itself.
    lanes sums[4] = {{0}}, squares[4] = {{0}}, v;
    for (size_t c = 0; c < whole; c += WEIR_LANES) {
      v = sums[3] + LOAD(x + c);
      sums[3] = sums[2], sums[2] = sums[1], sums[1] = sums[0], sums[0] = v;
    }
    lanes sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    float total = sum_of_lanes(&sum);
    for (size_t c = whole; c < channels; c++) total += x[c];
    float mean = total / (float)channels;
    for (size_t c = 0; c < whole; c += WEIR_LANES) {
      v = LOAD(x + c) - mean;
      v = v * v + squares[3];
      squares[3] = squares[2], squares[2] = squares[1], squares[1] = squares[0], squares[0] = v;
    }
    lanes square = (squares[0] + squares[1]) + (squares[2] + squares[3]);
    float variance = sum_of_lanes(&square);
    for (size_t c = whole; c < channels; c++) variance += (x[c] - mean) * (x[c] - mean);
    float factor = 1 / sqrtf(variance / (float)channels + epsilon);
    for (size_t c = 0; c < channels; c += WEIR_LANES) {
      if (c == whole) {
        for (size_t i = whole; i < whole + part; i++) {
          out[i] = (x[i] - mean) * factor * (gamma ? gamma[i] : 1) + (beta ? beta[i] : 0);
        }
        break;
      }
      v = (LOAD(x + c) - mean) * factor;
      if (gamma) v = v * LOAD(gamma + c);
      if (beta) v = v + LOAD(beta + c);
      STORE(out + c, v);
    }
  }
}
