#include "continual_math.h"

size_t weir_packed_count(size_t depth, size_t outputs) {
  return depth * ((outputs + WEIR_PANEL - 1) / WEIR_PANEL * WEIR_PANEL);
}

void weir_pack(const float *weights, size_t depth, size_t outputs, float *packed) {
  for (size_t first = 0; first < outputs; first += WEIR_PANEL) {
    for (size_t d = 0; d < depth; d++) {
      for (size_t o = first; o < first + WEIR_PANEL; o++) {
        *packed++ = o < outputs ? weights[d * outputs + o] : 0;
      }
    }
  }
}

// What all blocks of one call share.
typedef struct {
  // A pointer for each row and tap; or NULL, and rows of channels that follow each other.
  const float *const *taps;
  const float *rows;
  size_t tap_count, channels, offset, out_stride;
  int activation;
  float slope;
  // Floats from a weight to its like in the next panel, which is asked for while this one is worked on; 0 when
  // the weights fit the caches.
  size_t ahead;
} gemm;

// Weights of fewer bytes stay in the caches near a core.
#define NEAR_BYTES (3 << 20)

// The most rows of a block, and the most vectors of columns of a block of one row.
#define MOST_ROWS 12
#define NARROW_ROWS 3
#define MOST_VECTORS 8

// `rows` rows times `vectors` vectors of columns. Every sum starts from its bias and takes its products in
// order of depth, whatever the block. width: the columns that are written, the others are padding.
INLINED void block(const gemm *call, int rows, int vectors, size_t row, const float *packed,
                   const float *bias, size_t width, float *out) {
  lanes sums[MOST_ROWS][MOST_VECTORS];
  const int per_panel = WEIR_PANEL / WEIR_LANES;
  const size_t depth = call->tap_count * call->channels;
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[r][v] = LOAD(bias + v * WEIR_LANES);
  }
  for (size_t tap = 0; tap < call->tap_count; tap++) {
    const float *x[MOST_ROWS];
    if (call->taps) {
      const float *const *taps = call->taps + row * call->tap_count + tap;
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) x[r] = taps[(size_t)r * call->tap_count] + call->offset;
    } else {
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) x[r] = call->rows + (row + (size_t)r) * call->channels;
    }
#pragma clang loop unroll_count(2)
    for (size_t c = 0; c < call->channels; c++, packed += WEIR_PANEL) {
      lanes weights[MOST_VECTORS];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const float *panel = packed + (size_t)(v / per_panel) * depth * WEIR_PANEL;
        weights[v] = LOAD(panel + (size_t)(v % per_panel) * WEIR_LANES);
        // One or two rows read on so fast that the hardware does it better by itself.
        if (rows > 2) __builtin_prefetch(panel + (size_t)(v % per_panel) * WEIR_LANES + call->ahead, 0, 2);
      }
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[r][v] += weights[v] * x[r][c];
      }
    }
  }
  lanes zero = {0};
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++, out += call->out_stride) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      lanes sum = sums[r][v];
      if (call->activation == WEIR_RELU) sum = GREATEST(zero, sum);
      size_t at = (size_t)v * WEIR_LANES;
      if (v < vectors - 1 || width == (size_t)vectors * WEIR_LANES) STORE(out + at, sum);
      else store_part(&sum, width - at, out + at);
    }
  }
}

// The activations that need more than the block's registers.
INLINED void finish(const gemm *call, size_t rows, size_t width, float *out) {
  if (call->activation <= WEIR_RELU) return;
  weir_activate_rows(out, rows, width, call->out_stride, call->activation, call->slope, out);
}

// One switch for all heights, of which those above `most` fall away in the clones with few registers.
INLINED void block_of(const gemm *call, int most, size_t rows, int vectors, size_t row, const float *packed,
                      const float *bias, size_t width, float *out) {
#define HEIGHT(n) \
  case n: \
    if (n <= most) block(call, n, vectors, row, packed, bias, width, out); \
    break
  switch (rows) {
    HEIGHT(1);
    HEIGHT(2);
    HEIGHT(3);
    HEIGHT(4);
    HEIGHT(5);
    HEIGHT(6);
    HEIGHT(7);
    HEIGHT(8);
    HEIGHT(9);
    HEIGHT(10);
    HEIGHT(11);
    HEIGHT(12);
  }
#undef HEIGHT
  finish(call, rows, width, out);
}

// Panel after panel, so that a panel stays near while all rows pass; with one or two rows several panels at
// once, because the sums of one are too few to hide the latency of a fused multiply-add.
INLINED void product(const gemm *call, int most, size_t rows, const float *packed, size_t outputs,
                     const float *bias, float *out) {
  const size_t depth = call->tap_count * call->channels;
  const float zeros[MOST_VECTORS * WEIR_LANES] = {0};
  size_t first = 0;
  for (size_t together = MOST_VECTORS * WEIR_LANES; together > WEIR_PANEL; together /= 2) {
    if (rows > 2 || (rows == 2 && most == NARROW_ROWS)) break;
    for (; first + together <= outputs; first += together, packed += together * depth) {
      const float *start = bias ? bias + first : zeros;
      if (together < MOST_VECTORS * WEIR_LANES) {
        if (rows == 2) break;
        block(call, 1, MOST_VECTORS / 2, 0, packed, start, together, out + first);
      } else if (rows == 1) {
        block(call, 1, MOST_VECTORS, 0, packed, start, together, out + first);
      } else {
        block(call, 2, MOST_VECTORS, 0, packed, start, together, out + first);
      }
      finish(call, rows, together, out + first);
    }
  }
  for (; first < outputs; first += WEIR_PANEL, packed += depth * WEIR_PANEL) {
    size_t width = outputs - first < WEIR_PANEL ? outputs - first : WEIR_PANEL;
    float padded[WEIR_PANEL] = {0};
    const float *start = bias ? bias + first : zeros;
    if (bias && width < WEIR_PANEL) {
      for (size_t o = 0; o < width; o++) padded[o] = bias[first + o];
      start = padded;
    }
    // Blocks of nearly equal height: a last block of one row would cost as much as one of many.
    size_t blocks = (rows + (size_t)most - 1) / (size_t)most;
    for (size_t i = 0, row = 0; i < blocks; i++) {
      size_t height = (rows - row + blocks - i - 1) / (blocks - i);
      float *to = out + row * call->out_stride + first;
      if (width > WEIR_LANES) block_of(call, most, height, 2, row, packed, start, width, to);
      else block_of(call, most, height, 1, row, packed, start, width, to);
      row += height;
    }
  }
}

#if defined(__x86_64__)
// Without the width the compiler would halve these vectors.
__attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
static void wide_product(const gemm *call, size_t rows, const float *packed, size_t outputs,
                         const float *bias, float *out) {
  product(call, MOST_ROWS, rows, packed, outputs, bias, out);
}

#if !SANITIZED
__attribute__((target_clones("arch=x86-64-v3", "default")))
#endif
#endif
static void narrow_product(const gemm *call, size_t rows, const float *packed, size_t outputs,
                           const float *bias, float *out) {
  product(call, NARROW_ROWS, rows, packed, outputs, bias, out);
}

static void product_of(const gemm *call, size_t rows, const float *packed, size_t outputs, const float *bias,
                       float *out) {
#if defined(__x86_64__)
  // Thirty-two registers instead of sixteen: blocks of twelve rows.
  if (__builtin_cpu_supports("x86-64-v4")) {
    wide_product(call, rows, packed, outputs, bias, out);
    return;
  }
#endif
  narrow_product(call, rows, packed, outputs, bias, out);
}

static size_t fetched_ahead(size_t depth, size_t outputs) {
  return depth * outputs * sizeof(float) > NEAR_BYTES ? depth * WEIR_PANEL : 0;
}

void weir_gather_gemm(const float *const *taps, size_t rows, size_t tap_count, size_t channels, size_t offset,
                      const float *packed, size_t outputs, const float *bias, int activation, float slope,
                      float *out, size_t out_stride) {
  const gemm call = {taps, 0, tap_count, channels, offset, out_stride, activation, slope,
                     fetched_ahead(tap_count * channels, outputs)};
  product_of(&call, rows, packed, outputs, bias, out);
}

void weir_gemm(const float *x, size_t rows, size_t channels, const float *packed, size_t outputs,
               const float *bias, int activation, float slope, float *out) {
  const gemm call = {0, x, 1, channels, 0, outputs, activation, slope, fetched_ahead(channels, outputs)};
  product_of(&call, rows, packed, outputs, bias, out);
}
