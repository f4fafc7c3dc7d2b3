#include "continual_math.h"

// One call: the frame, and where channels begin in everything that has channels.
typedef struct {
  const weir_depthwise_shape *shape;
  const float *x, *weights, *bias;
  float *const *accumulators;
  float *out;
  int activation;
  float slope;
  // Floats from an output to its like in the next band. A state of many megabytes comes from memory: the
  // accumulators of the next band are asked for while this one is worked on, which more than halves the time.
  size_t ahead;
} step;

// A rectangle of outputs.
typedef struct {
  size_t top, bottom, left, right;
} rectangle;

// The last block of channels overlaps the one before it: there only the lanes of `fresh` are new.
INLINED void store_fresh(int overlaps, const mask *fresh, const lanes *v, float *to) {
  if (overlaps) STORE(to, CHOOSE(*fresh, *v, LOAD(to)));
  else STORE(to, *v);
}

// Sixteen channels from c of a kernel of depth 3 and 3 x 3: its 27 vectors of weights stay in registers, each
// tap is read once for all three outputs that it has a part in.
typedef struct {
  lanes weights[3][9], start;
} small_kernel;

INLINED void load_kernel(const step *call, size_t c, small_kernel *kernel) {
#pragma clang loop unroll(full)
  for (size_t k = 0; k < 27; k++) {
    kernel->weights[k / 9][k % 9] = LOAD(call->weights + k * call->shape->channels + c);
  }
  kernel->start = (lanes){0};
  if (call->bias) kernel->start = LOAD(call->bias + c);
}

INLINED void output(const step *call, const small_kernel *kernel, const float *const *taps, size_t at,
                    int due, int overlaps, const mask *fresh) {
  float *now = call->accumulators[0] + at, *next = call->accumulators[1] + at;
  __builtin_prefetch(now + call->ahead, 1, 2);
  __builtin_prefetch(next + call->ahead, 1, 2);
  lanes finished = LOAD(now) + kernel->start, between = LOAD(next), begun = {0}, zero = {0};
#pragma clang loop unroll(full)
  for (int k = 0; k < 9; k++) {
    lanes tap = LOAD(taps[k]);
    if (due) finished += kernel->weights[2][k] * tap;
    between += kernel->weights[1][k] * tap;
    begun = k == 0 ? kernel->weights[0][k] * tap : begun + kernel->weights[0][k] * tap;
  }
  store_fresh(overlaps, fresh, &between, next);
  store_fresh(overlaps, fresh, &begun, now);
  if (due) {
    if (call->activation == WEIR_RELU) finished = GREATEST(zero, finished);
    store_fresh(overlaps, fresh, &finished, call->out + at);
  }
}

// A rectangle of outputs whose taps all lie within the frame.
INLINED void sweep(const step *call, size_t c, const rectangle *part, int due, int overlaps,
                   const mask *fresh) {
  const weir_depthwise_shape *shape = call->shape;
  const size_t channels = shape->channels;
  const size_t column_step = shape->dilation_width * channels;
  const size_t row_step = shape->dilation_height * shape->width * channels;
  small_kernel kernel;
  load_kernel(call, c, &kernel);
  for (size_t oy = part->top; oy < part->bottom; oy++) {
    const float *x = call->x + c + ((oy * shape->stride_height - shape->pad_height) * shape->width
        + part->left * shape->stride_width - shape->pad_width) * channels;
    size_t at = (oy * shape->out_width + part->left) * channels + c;
    const size_t x_step = shape->stride_width * channels;
    for (size_t ox = part->left; ox < part->right; ox++, x += x_step, at += channels) {
      const float *taps[9];
#pragma clang loop unroll(full)
      for (size_t k = 0; k < 9; k++) taps[k] = x + (k / 3) * row_step + (k % 3) * column_step;
      output(call, &kernel, taps, at, due, overlaps, fresh);
    }
  }
}

// The outputs of the band that are not in the rectangle: a tap outside of the frame reads zeros.
INLINED void sweep_edges(const step *call, size_t c, const rectangle *band, const rectangle *inside, int due,
                         int overlaps, const mask *fresh) {
  const weir_depthwise_shape *shape = call->shape;
  const size_t channels = shape->channels;
  const float zeros[WEIR_LANES] = {0};
  small_kernel kernel;
  load_kernel(call, c, &kernel);
  for (size_t oy = band->top; oy < band->bottom; oy++) {
    int swept = oy >= inside->top && oy < inside->bottom;
    const float *rows[3];
    for (size_t k = 0; k < 3; k++) {
      // Above the frame the number wraps round and is greater than any height.
      size_t y = oy * shape->stride_height + k * shape->dilation_height - shape->pad_height;
      rows[k] = y < shape->height ? call->x + y * shape->width * channels + c : 0;
    }
    for (size_t ox = 0; ox < shape->out_width; ox++) {
      if (swept && ox == inside->left) ox = inside->right;
      if (ox >= shape->out_width) break;
      const float *taps[9];
#pragma clang loop unroll(full)
      for (size_t k = 0; k < 9; k++) {
        size_t column = ox * shape->stride_width + k % 3 * shape->dilation_width - shape->pad_width;
        taps[k] = rows[k / 3] && column < shape->width ? rows[k / 3] + column * channels : zeros;
      }
      output(call, &kernel, taps, (oy * shape->out_width + ox) * channels + c, due, overlaps, fresh);
    }
  }
}

INLINED void block(const step *call, size_t c, const rectangle *band, const rectangle *inside, int due,
                   int overlaps, const mask *fresh) {
  rectangle part = *inside;
  if (part.top < band->top) part.top = band->top;
  if (part.bottom > band->bottom) part.bottom = band->bottom;
  if (part.top >= part.bottom || part.left >= part.right) part = (rectangle){0, 0, 0, 0};
  sweep(call, c, &part, due, overlaps, fresh);
  size_t swept = (part.bottom - part.top) * (part.right - part.left);
  if (swept == (band->bottom - band->top) * call->shape->out_width) return;
  sweep_edges(call, c, band, &part, due, overlaps, fresh);
}

// So many outputs pass under one block of channels before the next block: enough to pay for its weights, few
// enough that what they touch stays in the cache for the next.
#define BAND 64

// The rows of outputs of a band.
static size_t band_height(const weir_depthwise_shape *shape) {
  return shape->out_width < BAND && shape->out_width > 0 ? BAND / shape->out_width : 1;
}

INLINED void small_step(const step *call, const rectangle *inside, int due, const mask *fresh) {
  const weir_depthwise_shape *shape = call->shape;
  size_t height = band_height(shape);
  for (size_t top = 0; top < shape->out_height; top += height) {
    rectangle band = {top, top + height, 0, shape->out_width};
    if (band.bottom > shape->out_height) band.bottom = shape->out_height;
    size_t c = 0;
    for (; c + WEIR_LANES <= shape->channels; c += WEIR_LANES) block(call, c, &band, inside, due, 0, fresh);
    if (c < shape->channels) block(call, shape->channels - WEIR_LANES, &band, inside, due, 1, fresh);
    if (due && call->activation > WEIR_RELU) {
      // While it lies in the cache.
      float *out = call->out + band.top * shape->out_width * shape->channels;
      size_t count = (band.bottom - band.top) * shape->out_width * shape->channels;
      weir_activate_rows(out, 1, count, 0, call->activation, call->slope, out);
    }
  }
}

// The taps k of a kernel of `size` of the output `o` that lie within the frame: from first up to end.
INLINED void taps_within(size_t o, size_t size, size_t stride, size_t pad, size_t dilation, size_t length,
                         size_t *first, size_t *end) {
  size_t begin = o * stride;
  *first = begin < pad ? (pad - begin + dilation - 1) / dilation : 0;
  *end = length + pad > begin ? (length + pad - begin + dilation - 1) / dilation : 0;
  if (*first > size) *first = size;
  if (*end > size) *end = size;
}

// `vectors` vectors of `width` channels from c of the output m steps from now, for any kernel.
INLINED void any_output(const step *call, size_t c, size_t m, size_t oy, size_t ox, int vectors, size_t width,
                        int overlaps, const mask *fresh) {
  const weir_depthwise_shape *shape = call->shape;
  const size_t channels = shape->channels, kernel = shape->kernel_height * shape->kernel_width;
  const size_t at = (oy * shape->out_width + ox) * channels + c;
  size_t top, bottom, left, right;
  taps_within(oy, shape->kernel_height, shape->stride_height, shape->pad_height, shape->dilation_height,
              shape->height, &top, &bottom);
  taps_within(ox, shape->kernel_width, shape->stride_width, shape->pad_width, shape->dilation_width,
              shape->width, &left, &right);
  // The output that is begun now takes the memory of the one that is finished.
  float *memory = call->accumulators[m == shape->depth - 1 ? 0 : m] + at;
  const float *weights = call->weights + (shape->depth - 1 - m) * kernel * channels + c;
  lanes sums[4], w, x, zero = {0};
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    size_t shift = (size_t)v * WEIR_LANES;
    sums[v] = zero;
    if (m < shape->depth - 1) load_some(memory + shift, width, &sums[v]);
    if (m == 0 && call->bias) {
      load_some(call->bias + c + shift, width, &w);
      sums[v] += w;
    }
  }
  for (size_t ky = top; ky < bottom; ky++) {
    size_t y = oy * shape->stride_height + ky * shape->dilation_height - shape->pad_height;
    for (size_t kx = left; kx < right; kx++) {
      size_t column = ox * shape->stride_width + kx * shape->dilation_width - shape->pad_width;
      const float *tap = call->x + (y * shape->width + column) * channels + c;
      const float *of = weights + (ky * shape->kernel_width + kx) * channels;
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        load_some(of + (size_t)v * WEIR_LANES, width, &w);
        load_some(tap + (size_t)v * WEIR_LANES, width, &x);
        sums[v] += w * x;
      }
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    if (m == 0 && call->activation == WEIR_RELU) sums[v] = GREATEST(zero, sums[v]);
    float *to = (m == 0 ? call->out + at : memory) + (size_t)v * WEIR_LANES;
    if (width < WEIR_LANES) store_part(&sums[v], width, to);
    else store_fresh(overlaps, fresh, &sums[v], to);
  }
}

INLINED void any_step(const step *call, const mask *fresh) {
  const weir_depthwise_shape *shape = call->shape;
  const size_t channels = shape->channels;
  for (size_t oy = 0; oy < shape->out_height; oy++) {
    for (size_t ox = 0; ox < shape->out_width; ox++) {
      for (size_t m = call->out ? 0 : 1; m < shape->depth; m++) {
        size_t c = 0;
        if (channels < WEIR_LANES) {
          any_output(call, 0, m, oy, ox, 1, channels, 0, fresh);
          continue;
        }
        for (; c + 4 * WEIR_LANES <= channels; c += 4 * WEIR_LANES) {
          any_output(call, c, m, oy, ox, 4, WEIR_LANES, 0, fresh);
        }
        for (; c + WEIR_LANES <= channels; c += WEIR_LANES) {
          any_output(call, c, m, oy, ox, 1, WEIR_LANES, 0, fresh);
        }
        if (c < channels) any_output(call, channels - WEIR_LANES, m, oy, ox, 1, WEIR_LANES, 1, fresh);
      }
    }
  }
}

// The outputs from first up to end that have all their taps within the frame.
static void outputs_within(size_t outputs, size_t size, size_t stride, size_t pad, size_t dilation,
                           size_t length, size_t *first, size_t *end) {
  size_t reach = (size - 1) * dilation;
  *first = (pad + stride - 1) / stride;
  *end = length + pad > reach ? (length + pad - reach - 1) / stride + 1 : 0;
  if (*end > outputs) *end = outputs;
}

DISPATCHED
void weir_depthwise_step(const float *x, const weir_depthwise_shape *shape, const float *weights,
                         const float *bias, int activation, float slope, float *const *accumulators,
                         float *out) {
  const size_t ahead = band_height(shape) * shape->out_width * shape->channels;
  const step call = {shape, x, weights, bias, accumulators, out, activation, slope, ahead};
  mask fresh;
  const size_t stale = WEIR_LANES - shape->channels % WEIR_LANES;
  for (size_t lane = 0; lane < WEIR_LANES; lane++) fresh[lane] = lane >= stale ? -1 : 0;
  if (shape->depth == 3 && shape->kernel_height == 3 && shape->kernel_width == 3
      && shape->channels >= WEIR_LANES) {
    rectangle inside;
    outputs_within(shape->out_height, 3, shape->stride_height, shape->pad_height, shape->dilation_height,
                   shape->height, &inside.top, &inside.bottom);
    outputs_within(shape->out_width, 3, shape->stride_width, shape->pad_width, shape->dilation_width,
                   shape->width, &inside.left, &inside.right);
    if (out) small_step(&call, &inside, 1, &fresh);
    else small_step(&call, &inside, 0, &fresh);
    return;
  }
  any_step(&call, &fresh);
  if (out && activation > WEIR_RELU) {
    size_t count = shape->out_height * shape->out_width * shape->channels;
    weir_activate_rows(out, 1, count, 0, activation, slope, out);
  }
}
