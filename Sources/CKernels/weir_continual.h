#ifndef WEIR_CONTINUAL_H
#define WEIR_CONTINUAL_H

#include <stddef.h>
#include <stdint.h>

// Kernels of continual inference networks. A frame lies in memory position by position, each position with all
// its channels (channels last). Every output element is summed in one order, which depends on nothing but its
// own inputs, so a batch has the bits of its singles. Multiply and add are fused where the CPU can.

// What is applied to each element at the end of a kernel.
enum {
  WEIR_LINEAR = 0,
  WEIR_RELU = 1,
  WEIR_SILU = 2,     // x * sigmoid(x), also called swish
  WEIR_SIGMOID = 3,
  WEIR_TANH = 4,
  WEIR_GELU = 5,     // x/2 (1 + erf(x/sqrt 2))
  WEIR_LEAKY_RELU = 6,  // slope x below zero
  WEIR_ELU = 7,         // slope (exp x - 1) below zero
  WEIR_HARD_SWISH = 8,  // x min(max(x+3,0),6)/6
  WEIR_SOFTPLUS = 9,
  WEIR_RELU6 = 10,
};

// The columns of a panel of packed weights.
#define WEIR_PANEL 32

// Floats that `weir_pack` writes: depth * (outputs rounded up to whole panels).
size_t weir_packed_count(size_t depth, size_t outputs);
// weights [depth][outputs], row after row, to panels of WEIR_PANEL columns: panel after panel, within a panel
// depth rows of WEIR_PANEL columns, missing columns zero.
void weir_pack(const float *weights, size_t depth, size_t outputs, float *packed);

// out[row][o] = activation(bias[o] + sum over taps j and channels c of W[j*channels + c][o] * taps[row*tap_count + j][offset + c])
// packed: weir_pack of [tap_count * channels][outputs]. bias: outputs floats or NULL. out: row r begins at r * out_stride;
// exactly `outputs` floats of each row are written. slope: for the activations that have one.
void weir_gather_gemm(const float *const *taps, size_t rows, size_t tap_count, size_t channels, size_t offset,
                      const float *packed, size_t outputs, const float *bias, int activation, float slope,
                      float *out, size_t out_stride);

// The same of one tap, with rows of `channels` floats that follow each other, and rows of `outputs` floats out.
void weir_gemm(const float *x, size_t rows, size_t channels, const float *packed, size_t outputs,
               const float *bias, int activation, float slope, float *out);

// out[row][c] = activation(bias[c] + sum over taps j of W[j][c] * taps[row*tap_count + j][c]); rows of out follow each other.
void weir_gather_depthwise(const float *const *taps, size_t rows, size_t tap_count, size_t channels,
                           const float *weights, const float *bias, int activation, float slope, float *out);

// The mean (times scale, given instead of 1/tap_count) and the maximum over taps. A NULL tap is left out.
void weir_gather_sum(const float *const *taps, size_t rows, size_t tap_count, size_t channels, float scale, float *out);
void weir_gather_max(const float *const *taps, size_t rows, size_t tap_count, size_t channels, float *out);

// One frame through a depthwise convolution of kernel [depth][kernel_height][kernel_width], zero padding, with
// accumulators of the outputs that are not finished: accumulators[m] (m = 0..depth-2) holds what is known of
// the output m steps from now. On return out = activation(bias + accumulators[0] + W[depth-1] * x),
// accumulators[m] += W[depth-1-m] * x for 0 < m < depth-1, and accumulators[0] = W[0] * x: its memory is now that of
// the output depth-1 steps from now. out may be NULL: nothing is due, only the accumulators move on.
// depth >= 2. x: [height][width][channels], out and accumulators: [out_height][out_width][channels],
// weights: [depth][kernel_height][kernel_width][channels].
typedef struct {
  size_t height, width, channels, out_height, out_width;
  size_t depth, kernel_height, kernel_width;
  size_t stride_height, stride_width, pad_height, pad_width, dilation_height, dilation_width;
} weir_depthwise_shape;
void weir_depthwise_step(const float *x, const weir_depthwise_shape *shape, const float *weights,
                         const float *bias, int activation, float slope, float *const *accumulators, float *out);

// x[i] = activation(x[i]), out may be x.
void weir_activate(const float *x, size_t count, int activation, float slope, float *out);
// out[row][c] = activation(scale[c] * x[row][c] + shift[c]), out may be x.
void weir_affine(const float *x, size_t rows, size_t channels, const float *scale, const float *shift,
                 int activation, float slope, float *out);
// out[i] = activation(a[i] + b[i]), activation(a[i] * b[i]), max; out may be a.
void weir_add(const float *a, const float *b, size_t count, int activation, float slope, float *out);
void weir_multiply(const float *a, const float *b, size_t count, int activation, float slope, float *out);
void weir_maximum(const float *a, const float *b, size_t count, int activation, float slope, float *out);
// out[row][c] = activation(x[row][c] * gate[c]), out may be x.
void weir_gate(const float *x, size_t rows, size_t channels, const float *gate, int activation, float slope, float *out);
// Softmax of each row, the row's maximum subtracted; out may be x.
void weir_softmax(const float *x, size_t rows, size_t channels, float *out);
// Layer normalisation of each row: gamma (x - mean)/sqrt(variance + epsilon) + beta; gamma and beta may be NULL; out may be x.
void weir_layer_norm(const float *x, size_t rows, size_t channels, const float *gamma, const float *beta,
                     float epsilon, float *out);

// Attention of `queries` rows to `tokens` rows, head by head, exact: the maximum is subtracted.
// For head h the query begins at q + row * query_stride + h * query_head, the keys at keys[token] + h * key_head, the values at
// values[token] + h * value_head; scores are scale * q.k over key_width; out + row * out_stride + h * out_head gets value_width
// floats. scores: scratch of `tokens` floats. key_head = 0 lets all heads share keys.
typedef struct {
  size_t queries, tokens, heads;
  size_t query_stride, query_head, key_head, key_width;
  size_t value_head, value_width, out_stride, out_head;
  float scale;
} weir_attention_shape;
void weir_attention(const float *q, const float *const *keys, const float *const *values,
                    const weir_attention_shape *shape, float *scores, float *out);

// One step of an LSTM's cell: gates [4][width] (i, f, g, o before their activations), c updated, h = o tanh(c) written.
void weir_lstm_cell(const float *gates, size_t width, float *c, float *h);
// One step of a GRU's cell: from_input, from_hidden [3][width] (r, z, n before their activations, biases in),
// h = (1 - z) n + z h, n = tanh(from_input_n + r * from_hidden_n).
void weir_gru_cell(const float *from_input, const float *from_hidden, size_t width, float *h);

// out [columns][rows] = the transpose of x [rows][columns].
void weir_transpose(const float *x, size_t rows, size_t columns, float *out);

#endif
