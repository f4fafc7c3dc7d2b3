#include "weir_readout.h"

#include <string.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

// Codes are taken so many at a time: all their rows are asked for before the first is needed.
enum { AHEAD = 64 };

DISPATCHED
void weir_sum_values(const weir_value_table *table, const uint16_t *codes, size_t count, float *out,
                     size_t classes) {
  const float *starts[AHEAD];
  const int32_t *rows = table->rows;
  // Counted, because a division for each code takes longer than the sum.
  size_t neighbour = 0;
  memset(out, 0, classes * sizeof(float));
  for (size_t first = 0; first < count; first += AHEAD) {
    const size_t end = count - first < AHEAD ? count : first + AHEAD;
    size_t found = 0;
    for (size_t position = first; position < end; position++) {
      int32_t row = rows[codes[position]];
      if (++neighbour == table->neighbours) neighbour = 0, rows += table->keys;
      if (row < 0) continue;
      starts[found] = table->values + (size_t)row * table->width;
      __builtin_prefetch(starts[found]);
      found++;
    }
    for (size_t block = 0; block < classes; block += WEIR_LANES) {
      const size_t width = (classes - block < WEIR_LANES ? classes - block : WEIR_LANES) * sizeof(float);
      lanes sum = {0};
      memcpy(&sum, out + block, width);
      for (size_t n = 0; n < found; n++) sum += *(const lanes *)(starts[n] + block);
      memcpy(out + block, &sum, width);
    }
  }
}

DISPATCHED
void weir_add_values(const weir_value_table *table, const uint16_t *codes, size_t count, const float *error,
                     float scale) {
  const int32_t *rows = table->rows;
  size_t neighbour = 0;
  for (size_t position = 0; position < count; position++) {
    float *values = table->values + (size_t)rows[codes[position]] * table->width;
    if (++neighbour == table->neighbours) neighbour = 0, rows += table->keys;
    for (size_t block = 0; block < table->width; block += WEIR_LANES)
      *(lanes *)(values + block) += scale * *(const lanes *)(error + block);
  }
}

DISPATCHED
float weir_gradient_square(const weir_value_table *table, const uint16_t *codes, size_t records, size_t count,
                           const float *errors, float share, uint32_t *marks, float *sums) {
  const size_t width = table->width, neighbours = table->neighbours;
  lanes square = {0};
  for (size_t first = 0; first < count; first += neighbours) {
    // The keys of one codebook in the order in which they are met; a mark is one more than a key's place.
    uint32_t met = 0;
    for (size_t record = 0; record < records; record++) {
      const float *error = errors + record * width;
      for (size_t t = 0; t < neighbours; t++) {
        const uint16_t key = codes[record * count + first + t];
        float *sum = sums + (marks[key] ? marks[key] - 1 : met) * width;
        if (marks[key]) {
          for (size_t block = 0; block < width; block += WEIR_LANES)
            *(lanes *)(sum + block) += *(const lanes *)(error + block);
        } else {
          memcpy(sum, error, width * sizeof(float));
          marks[key] = ++met;
        }
      }
    }
    for (size_t block = 0; block < met * width; block += WEIR_LANES) {
      lanes value = share * *(const lanes *)(sums + block);
      square += value * value;
    }
    for (size_t record = 0; record < records; record++)
      for (size_t t = 0; t < neighbours; t++) marks[codes[record * count + first + t]] = 0;
  }
  float total = 0;
  for (int lane = 0; lane < WEIR_LANES; lane++) total += square[lane];
  return total;
}
