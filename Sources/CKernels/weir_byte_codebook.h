#ifndef WEIR_BYTE_CODEBOOK_H
#define WEIR_BYTE_CODEBOOK_H

#include <stddef.h>
#include <stdint.h>

// The nearest-key search by bytes: every key is looked at with eight bits a coordinate, and only those that
// may be the nearest are compared in full. The answer has the bits of `weir_nearest`, several times faster.

// Keys that the scan takes together: their bytes are padded to a multiple of this.
#define WEIR_GROUP 64

// One codebook. The owner fills the first part, `weir_quantise` the rest.
typedef struct {
  // [count][dimension], all finite.
  const float *keys;
  // [count], half of each key's squared length, finite.
  const float *half_norms;
  // [groups][4 blocks][weir_byte_rows][64], aligned to 64 bytes.
  uint8_t *bytes;
  // [dimension]: the middle of the keys.
  float *centre;
  // [count], the index to give for each key; ascending. NULL when it is the key's place.
  const uint16_t *indices;
  uint32_t count, dimension;

  // 1 / the length of a step.
  float inverse_step;
  // The largest distance between a key and its bytes, in steps; infinite when bytes cannot stand for these
  // keys and every one is compared in full.
  float key_error;
  // Bound of the rounding of `half_norm - query.key`, in square steps: rounding + rounding_slope * the
  // distance between the query and its integers.
  float rounding, rounding_slope;
  // The smallest half squared length of a key's bytes, which was taken off all of them.
  int32_t least_norm;
} weir_byte_codebook;

// Whether this CPU has the instructions of the scan (AVX-512 VNNI).
int weir_can_scan_bytes(void);

// The number of rows of 64 bytes that a block of 16 keys takes.
size_t weir_byte_rows(size_t dimension);

// Fills `bytes`, `centre` and all that follows `dimension`.
void weir_quantise(weir_byte_codebook *codebook);

// For each query of each codebook the nearest key, as `weir_nearest` finds it: the smallest
// half_norm - query.key, ties to the lowest index, 0 when there is none below +infinity.
// May be called only where `weir_can_scan_bytes`.
//
// queries: [count] rows, query_stride apart, the queries of the codebooks one after another
// indices: [count] rows, index_stride apart, a place for each codebook
// scores:  like indices, or NULL
void weir_nearest_bytes(const weir_byte_codebook *codebooks, size_t codebook_count, const float *queries,
                        size_t query_stride, size_t count, uint16_t *indices, size_t index_stride,
                        float *scores);

// The same for one query and those keys of one codebook whose bit in `mask` is set.
//
// mask: [(count + 63) / 64], by the keys' places; no bit beyond them is set
uint16_t weir_nearest_masked_bytes(const weir_byte_codebook *codebook, const uint64_t *mask,
                                   const float *query);

// half_norm - query.key of every key, with the bits that the search compares. Runs on any CPU.
//
// scores: [count]
void weir_row_scores(const weir_byte_codebook *codebook, const float *query, float *scores);

#endif
