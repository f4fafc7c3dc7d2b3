#include "continual_math.h"

// Queries that share their keys go four at a time, if there is room on the stack for their scores.
#define TOGETHER 4
#define MOST_TOKENS 1024

typedef struct {
  const float *query[TOGETHER];
  float *scores[TOGETHER], *out[TOGETHER];
  // The last lanes of each query; those that the lanes before hold already are zero.
  lanes last[TOGETHER];
} group;

#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

// The lanes of sums[i], added pairwise, to lane i of sums[0]: every step halves the vectors and their number.
INLINED void sum_each(lanes *sums) {
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) {
    lanes a = sums[2 * i], b = sums[2 * i + 1];
    sums[i] = SHUFFLE(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
        + SHUFFLE(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    lanes a = sums[2 * i], b = sums[2 * i + 1];
    sums[i] = SHUFFLE(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
        + SHUFFLE(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 2; i++) {
    lanes a = sums[2 * i], b = sums[2 * i + 1];
    sums[i] = SHUFFLE(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29)
        + SHUFFLE(a, b, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
  }
  sums[0] = SHUFFLE(sums[0], sums[1], 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
      + SHUFFLE(sums[0], sums[1], 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

// sums[query * tokens + token] = the products of their lanes. Tokens beyond the last are the last again.
INLINED void multiply(const group *of, int queries, int tokens, const float *const *keys, size_t first,
                      size_t count, size_t offset, size_t width, lanes *sums) {
  const float *key[8];
#pragma clang loop unroll(full)
  for (int t = 0; t < tokens; t++) {
    size_t token = first + (size_t)t;
    key[t] = keys[token < count ? token : count - 1] + offset;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < queries * tokens; i++) sums[i] = (lanes){0};
  const size_t whole = width / WEIR_LANES * WEIR_LANES;
  for (size_t d = 0; d < whole; d += WEIR_LANES) {
    lanes x[8];
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) x[t] = LOAD(key[t] + d);
#pragma clang loop unroll(full)
    for (int q = 0; q < queries; q++) {
      lanes y = LOAD(of->query[q] + d);
#pragma clang loop unroll(full)
      for (int t = 0; t < tokens; t++) sums[q * tokens + t] += x[t] * y;
    }
  }
  if (whole == width) return;
#pragma clang loop unroll(full)
  for (int t = 0; t < tokens; t++) {
    lanes x;
    if (whole > 0) x = LOAD(key[t] + width - WEIR_LANES);
    else load_part(key[t], width, &x);
#pragma clang loop unroll(full)
    for (int q = 0; q < queries; q++) sums[q * tokens + t] += x * of->last[q];
  }
}

INLINED void score(group *of, int queries, const float *const *keys, size_t tokens, size_t offset,
                   size_t width, float scale) {
  const size_t whole = width / WEIR_LANES * WEIR_LANES;
#pragma clang loop unroll(full)
  for (int q = 0; q < queries; q++) {
    if (whole == width) continue;
    if (whole == 0) {
      load_part(of->query[q], width, &of->last[q]);
      continue;
    }
    of->last[q] = LOAD(of->query[q] + width - WEIR_LANES);
    for (size_t lane = 0; lane < WEIR_LANES - (width - whole); lane++) of->last[q][lane] = 0;
  }
  const size_t step = queries == 1 ? WEIR_LANES : 4;
  for (size_t t = 0; t < tokens; t += step) {
    lanes sums[WEIR_LANES];
    size_t count = tokens - t < step ? tokens - t : step;
    if (queries == 1) {
      multiply(of, 1, 8, keys, t, tokens, offset, width, sums);
      multiply(of, 1, 8, keys, t + 8, tokens, offset, width, sums + 8);
      sum_each(sums);
      sums[0] = sums[0] * scale;
      store_part(&sums[0], count, of->scores[0] + t);
    } else {
      multiply(of, TOGETHER, 4, keys, t, tokens, offset, width, sums);
      sum_each(sums);
      float rows[WEIR_LANES];
      STORE(rows, sums[0] * scale);
      for (int q = 0; q < TOGETHER; q++) {
        for (size_t i = 0; i < count; i++) of->scores[q][t + i] = rows[q * 4 + (int)i];
      }
    }
  }
}

// `vectors` vectors of the values from column c, weighted with the scores of `queries` queries.
INLINED void weigh(const group *of, int first, int queries, int vectors, const float *const *values,
                   size_t tokens, size_t offset, size_t c, size_t width, const float *factors) {
  lanes sums[TOGETHER][8], x;
#pragma clang loop unroll(full)
  for (int i = 0; i < queries * vectors; i++) sums[i / vectors][i % vectors] = (lanes){0};
  for (size_t t = 0; t < tokens; t++) {
    const float *value = values[t] + offset + c;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      load_some(value + (size_t)v * WEIR_LANES, width, &x);
#pragma clang loop unroll(full)
      for (int q = 0; q < queries; q++) sums[q][v] += x * of->scores[first + q][t];
    }
  }
#pragma clang loop unroll(full)
  for (int q = 0; q < queries; q++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      float *to = of->out[first + q] + c + (size_t)v * WEIR_LANES;
      lanes sum = sums[q][v] * factors[first + q];
      if (width == WEIR_LANES) STORE(to, sum);
      else store_part(&sum, width, to);
    }
  }
}

// All columns; the last vector overlaps the one before it.
INLINED void weigh_all(const group *of, int first, int queries, const float *const *values, size_t tokens,
                       size_t offset, size_t width, const float *factors) {
  const size_t four = 4 * WEIR_LANES;
  size_t c = 0;
  if (width < WEIR_LANES) {
    weigh(of, first, queries, 1, values, tokens, offset, 0, width, factors);
    return;
  }
  for (; queries == 1 && c + 2 * four <= width; c += 2 * four) {
    weigh(of, first, queries, 8, values, tokens, offset, c, WEIR_LANES, factors);
  }
  for (; c + four <= width; c += four) {
    weigh(of, first, queries, 4, values, tokens, offset, c, WEIR_LANES, factors);
  }
  for (; c < width; c += WEIR_LANES) {
    size_t from = c + WEIR_LANES > width ? width - WEIR_LANES : c;
    weigh(of, first, queries, 1, values, tokens, offset, from, WEIR_LANES, factors);
  }
}

DISPATCHED
void weir_attention(const float *q, const float *const *keys, const float *const *values,
                    const weir_attention_shape *shape, float *scores, float *out) {
  const size_t tokens = shape->tokens, width = shape->value_width;
  const int roomy = tokens <= MOST_TOKENS;
  float room[TOGETHER][MOST_TOKENS], factors[TOGETHER];
  group of;
  // A group is four rows of one head, or four heads of one row that share their keys, or one head of one row.
  for (size_t row = 0, rows; row < shape->queries; row += rows) {
    rows = roomy && row + TOGETHER <= shape->queries ? TOGETHER : 1;
    for (size_t head = 0, heads; head < shape->heads; head += heads) {
      heads = roomy && rows == 1 && shape->key_head == 0 && head + TOGETHER <= shape->heads ? TOGETHER : 1;
      const size_t members = rows * heads;
      for (size_t i = 0; i < members; i++) {
        size_t r = row + i % rows, h = head + i % heads;
        of.query[i] = q + r * shape->query_stride + h * shape->query_head;
        of.out[i] = out + r * shape->out_stride + h * shape->out_head;
        of.scores[i] = members > 1 ? room[i] : scores;
      }
      const size_t offset = head * shape->key_head;
      if (members > 1) score(&of, TOGETHER, keys, tokens, offset, shape->key_width, shape->scale);
      else score(&of, 1, keys, tokens, offset, shape->key_width, shape->scale);
      for (size_t i = 0; i < members; i++) factors[i] = 1 / exponentials(of.scores[i], tokens, of.scores[i]);
      if (rows > 1) {
        weigh_all(&of, 0, TOGETHER, values, tokens, head * shape->value_head, width, factors);
        continue;
      }
      for (size_t i = 0; i < heads; i++) {
        weigh_all(&of, (int)i, 1, values, tokens, (head + i) * shape->value_head, width, factors);
      }
    }
  }
}
