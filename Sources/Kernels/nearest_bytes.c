#include "weir_byte_codebook.h"

#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

// # Why the answer is exact
//
// Lengths are in steps. A key k stands at most `key_error` away from its integers, k^, and a query q at the
// distance r from its own, q^ (both are computed here; a coordinate out of range only makes r long). By the
// triangle inequality the true distance D and that of the integers, D^, differ by at most e = key_error + r.
//
// What is minimised is not D but the rounded F = half_norm - q.k. With half_norm a sum of K rounded products
// and F one of K more, |F - (D² - |q|²) / 2| <= g = (2K + 8) 2^-24 (half_norm + |q||k|). The factor has room
// for the roundings of second order, and |q| <= |centre| + |q^| + r.
//
// Let b be the key with the least D^ and w the one with the least F. From F(w) <= F(b) follows
//   D(w)² <= D(b)² + 4 g <= (D^(b) + e)² + 4 g,   so   D^(w) <= sqrt((D^(b) + e)² + 4 g) + e <= R
// with x = D^(b) + e and R = x + 2 g / x + e. All keys with D^ <= R are compared by F itself, in the order of
// their numbers and with a strict "<"; so ties too fall as they do in `weir_nearest`.
//
// D^² is a whole number: |q^|² + |k^|² - 2 q^.k^. The scan computes s = q^.(k^ + 128) - floor(|k^|² / 2) +
// least_norm, and with base = |q^|² + 2 least_norm + 256 sum(q^) it lies in base - 2 s + {0, 1}. So D^(b)² <=
// base - 2 s(b) + 1, and D^ <= R needs s >= (base - R²) / 2.

#if defined(__x86_64__)
#include <immintrin.h>

#define VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define INLINE VNNI static inline __attribute__((always_inline))

int weir_can_scan_bytes(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}

enum {
  TILE = 4,              // queries that share the loads of the keys
  CHUNK = 64,            // groups whose best scores are remembered until the best of all is known
  LIST = 128,            // keys that wait to be compared in full
  MAXIMAL_DIMENSION = 1024,
  FARTHEST = 20000,      // steps; beyond, every key would have to be compared
};

// A query on its way.
typedef struct {
  const weir_byte_codebook *book;
  const float *query;
  uint16_t *index;
  float *score;
  float best;
  uint32_t place, waiting;
  uint16_t list[LIST + 4];
} Search;

typedef struct {
  // The integers, followed by what the bytes of a narrow norm are multiplied by.
  int8_t bytes[MAXIMAL_DIMENSION + 16] __attribute__((aligned(64)));
  int32_t base;
  float error, twice_rounding;
} Integers;

// Without the branch that the library's function has for negative numbers.
INLINE float root(float value) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(value))); }

INLINE void round_query(const weir_byte_codebook *book, const float *query, Integers *out,
                        const size_t dimension) {
  const int narrow = dimension % 4 == 1 || dimension % 4 == 2;
  const __m512 inverse = _mm512_set1_ps(book->inverse_step);
  __m512 residues = _mm512_setzero_ps();
  __m512i base = _mm512_setzero_si512();
  for (size_t d = 0; d < dimension; d += 16) {
    __mmask16 live = dimension - d >= 16 ? 0xffff : (__mmask16)((1u << (dimension - d)) - 1);
    __m512 value = _mm512_sub_ps(_mm512_maskz_loadu_ps(live, query + d),
                                 _mm512_maskz_loadu_ps(live, book->centre + d));
    value = _mm512_mul_ps(value, inverse);
    __m512 clamped = _mm512_max_ps(_mm512_min_ps(value, _mm512_set1_ps(127)), _mm512_set1_ps(-127));
    __m512i integers = _mm512_cvtps_epi32(clamped);
    // A coordinate that is no number stays one here, and the search sees it in the error.
    __m512 residue = _mm512_sub_ps(value, _mm512_cvtepi32_ps(integers));
    residues = _mm512_fmadd_ps(residue, residue, residues);
    base = _mm512_add_epi32(
        base, _mm512_mullo_epi32(integers, _mm512_add_epi32(integers, _mm512_set1_epi32(256))));
    if (narrow && dimension - d < 16) {
      integers = _mm512_mask_set1_epi32(integers, (__mmask16)(1u << (dimension - d)), -127);
      integers = _mm512_mask_set1_epi32(integers, (__mmask16)(2u << (dimension - d)), -1);
    }
    _mm_store_si128((__m128i *)(out->bytes + d), _mm512_cvtepi32_epi8(integers));
  }
  out->base = _mm512_reduce_add_epi32(base) + 2 * book->least_norm;
  // Subtracting the centre, scaling and subtracting the integers round by less than 2^-21 of the lengths, of
  // which the codebook's `key_error` has that of the integers.
  float residue = root(_mm512_reduce_add_ps(residues)) * 1.001f;
  out->error = book->key_error + residue;
  out->twice_rounding = 2 * (book->rounding + book->rounding_slope * residue);
}

INLINE __m512i word(const Integers *query, size_t quad) {
  int32_t value;
  memcpy(&value, query->bytes + 4 * quad, 4);
  return _mm512_set1_epi32(value);
}

// The scores of one block of 16 keys.
INLINE __m512i block_scores(const uint8_t *block, const Integers *query, const size_t quads, const int wide) {
  __m512i sum = wide ? _mm512_load_si512(block) : _mm512_setzero_si512();
  for (size_t quad = 0; quad < quads; quad++)
    sum = _mm512_dpbusd_epi32(sum, _mm512_load_si512(block + 64 * (quad + (size_t)wide)), word(query, quad));
  return sum;
}

// The best scores, lane by lane, of each group and of all.
INLINE void scan(const uint8_t *bytes, size_t groups, const uint64_t *mask, const Integers *queries,
                 __m512i (*maxima)[CHUNK], __m512i *best, const int tile, const size_t quads,
                 const int wide) {
  const __m512i none = _mm512_set1_epi32(INT32_MIN);
  const size_t rows = quads + (size_t)wide;
  for (size_t group = 0; group < groups; group++, bytes += 4 * rows * 64) {
    __m512i most[TILE];
    for (int n = 0; n < tile; n++) most[n] = none;
#pragma clang loop unroll(full)
    for (size_t b = 0; b < 4; b++) {
      const uint8_t *block = bytes + b * rows * 64;
      __m512i sums[TILE];
      for (int n = 0; n < tile; n++) sums[n] = wide ? _mm512_load_si512(block) : _mm512_setzero_si512();
      for (size_t quad = 0; quad < quads; quad++) {
        __m512i keys = _mm512_load_si512(block + 64 * (quad + (size_t)wide));
        for (int n = 0; n < tile; n++) sums[n] = _mm512_dpbusd_epi32(sums[n], keys, word(&queries[n], quad));
      }
      __mmask16 live = mask ? (__mmask16)(mask[group] >> (16 * b)) : 0xffff;
      for (int n = 0; n < tile; n++)
        most[n] = mask ? _mm512_mask_max_epi32(most[n], live, most[n], sums[n])
                       : b == 0 ? sums[n] : _mm512_max_epi32(most[n], sums[n]);
    }
    for (int n = 0; n < tile; n++) {
      maxima[n][group] = most[n];
      best[n] = _mm512_max_epi32(best[n], most[n]);
    }
  }
}

// Compares the keys that wait, in the order of their numbers.
INLINE void compare(Search *search) {
  const weir_byte_codebook *book = search->book;
  const size_t dimension = book->dimension;
  const float *query = search->query;
  uint32_t count = search->waiting, place = search->place;
  float best = search->best;
  uint16_t *list = search->list;
  if (count == 0) return;
  for (uint32_t next = count; next % 4; next++) list[next] = list[count - 1];
  for (uint32_t next = 0; next < count; next += 4) {
    const float *k0 = book->keys + list[next] * dimension, *k1 = book->keys + list[next + 1] * dimension;
    const float *k2 = book->keys + list[next + 2] * dimension, *k3 = book->keys + list[next + 3] * dimension;
    float s0 = book->half_norms[list[next]], s1 = book->half_norms[list[next + 1]];
    float s2 = book->half_norms[list[next + 2]], s3 = book->half_norms[list[next + 3]];
    for (size_t d = 0; d < dimension; d++) {
      float value = query[d];
      s0 -= value * k0[d];
      s1 -= value * k1[d];
      s2 -= value * k2[d];
      s3 -= value * k3[d];
      // Left to itself the compiler gathers the four keys into vectors, which takes longer.
      __asm__("" : "+x"(s0), "+x"(s1), "+x"(s2), "+x"(s3));
    }
    if (s0 < best) best = s0, place = list[next];
    if (s1 < best) best = s1, place = list[next + 1];
    if (s2 < best) best = s2, place = list[next + 2];
    if (s3 < best) best = s3, place = list[next + 3];
  }
  search->best = best;
  search->place = place;
  search->waiting = 0;
}

INLINE void compare_all(Search *search, const uint64_t *mask) {
  search->best = INFINITY;
  search->place = UINT32_MAX;
  search->waiting = 0;
  for (uint32_t key = 0; key < search->book->count; key++) {
    if (mask && !(mask[key / 64] >> (key % 64) & 1)) continue;
    search->list[search->waiting++] = (uint16_t)key;
    if (search->waiting == LIST) compare(search);
  }
  compare(search);
}

INLINE void answer(Search *search) {
  compare(search);
  uint32_t place = search->place;
  const uint16_t *indices = search->book->indices;
  *search->index = place == UINT32_MAX ? 0 : indices ? indices[place] : (uint16_t)place;
  if (search->score) *search->score = search->best;
}

// The score from which on a key may be the nearest, given the best one; INT32_MIN when bytes cannot tell.
INLINE int32_t threshold(const Integers *query, int32_t most) {
  // No key of the mask so far.
  if (most == INT32_MIN) return INT32_MAX;
  float near = root((float)(query->base + 1 - 2 * most)) + query->error;
  float reach = near + query->twice_rounding / near + query->error;
  // Not "reach >= FARTHEST": where the query is no number, nor is the reach.
  if (!(reach < FARTHEST)) return INT32_MIN;
  return (int32_t)floor(((double)query->base - (double)reach * reach * 1.00001) / 2 - 1);
}

// The groups, a bit each, that have a score from the threshold on.
INLINE uint64_t hits(const __m512i *maxima, size_t groups, int32_t threshold) {
  const __m512i least = _mm512_set1_epi32(threshold);
  uint64_t hits = 0;
  for (size_t group = 0; group < groups; group++)
    hits |= (uint64_t)(_mm512_cmpge_epi32_mask(maxima[group], least) != 0) << group;
  return hits;
}

// Puts on the list those keys of the groups hit that may be the nearest.
INLINE void collect(Search *search, const Integers *query, size_t first, uint64_t hits, const uint64_t *mask,
                    int32_t threshold, const size_t quads, const int wide) {
  const weir_byte_codebook *book = search->book;
  const size_t rows = quads + (size_t)wide;
  const __m512i least = _mm512_set1_epi32(threshold);
  for (; hits; hits &= hits - 1) {
    const size_t group = first + (size_t)__builtin_ctzll(hits);
    const uint8_t *block = book->bytes + group * 4 * rows * 64;
    uint64_t near = 0;
    for (size_t b = 0; b < 4; b++) {
      __m512i scores = block_scores(block + b * rows * 64, query, quads, wide);
      near |= (uint64_t)_mm512_cmpge_epi32_mask(scores, least) << (16 * b);
    }
    if (mask) near &= mask[group];
    const size_t left = book->count - group * WEIR_GROUP;
    if (left < WEIR_GROUP) near &= ((uint64_t)1 << left) - 1;
    for (; near; near &= near - 1) {
      size_t place = group * WEIR_GROUP + (size_t)__builtin_ctzll(near);
      __builtin_prefetch(book->keys + place * book->dimension);
      search->list[search->waiting++] = (uint16_t)place;
    }
    if (search->waiting > LIST - WEIR_GROUP) compare(search);
  }
}

// Begins some searches; what is left of them is on their lists. Either TILE queries in one codebook
// (`shared`), or up to TILE queries each in a codebook of its own. Every stage is done for all before the
// next begins: what one has to wait for in a stage is hidden behind the others.
INLINE void look(Search *searches, int count, const uint64_t *mask, const int shared,
                 const size_t dimension) {
  const size_t quads = (dimension + 3) / 4;
  const int wide = dimension % 4 == 0 || dimension % 4 == 3, tile = shared ? TILE : count;
  const size_t rows = quads + (size_t)wide;
  Integers queries[TILE];
  __m512i maxima[TILE][CHUNK], best[TILE];
  size_t groups[TILE], most_groups = 0;
  // Whether bytes could not tell, in some chunk.
  int is_open[TILE] = {0};
  for (int n = 0; n < tile; n++) {
    const weir_byte_codebook *book = searches[n].book;
    round_query(book, searches[n].query, &queries[n], dimension);
    best[n] = _mm512_set1_epi32(INT32_MIN);
    searches[n].best = INFINITY;
    searches[n].place = UINT32_MAX;
    searches[n].waiting = 0;
    groups[n] = (book->count + WEIR_GROUP - 1) / WEIR_GROUP;
    most_groups = groups[n] > most_groups ? groups[n] : most_groups;
  }
  for (size_t first = 0; first < most_groups; first += CHUNK) {
    size_t now[TILE];
    int32_t thresholds[TILE];
    uint64_t hit[TILE];
    for (int n = 0; n < tile; n++)
      now[n] = groups[n] <= first ? 0 : groups[n] - first < CHUNK ? groups[n] - first : CHUNK;
    const size_t offset = first * 4 * rows * 64;
    if (shared)
      scan(searches[0].book->bytes + offset, now[0], NULL, queries, maxima, best, TILE, quads, wide);
    else
      for (int n = 0; n < tile; n++)
        scan(searches[n].book->bytes + offset, now[n], mask ? mask + first : NULL, &queries[n], &maxima[n],
             &best[n], 1, quads, wide);
    for (int n = 0; n < tile; n++) thresholds[n] = threshold(&queries[n], _mm512_reduce_max_epi32(best[n]));
    for (int n = 0; n < tile; n++) hit[n] = hits(maxima[n], now[n], thresholds[n]);
    for (int n = 0; n < tile; n++) {
      if (now[n] == 0) continue;
      is_open[n] |= thresholds[n] == INT32_MIN;
      if (!is_open[n])
        collect(&searches[n], &queries[n], first, hit[n], mask, thresholds[n], quads, wide);
      else if (first + now[n] == groups[n])
        compare_all(&searches[n], mask);
    }
  }
}

#define LOOK(name, shared, masked)                                             \
  VNNI static void name(Search *searches, int count, const uint64_t *mask) {   \
    const uint64_t *used = masked ? mask : NULL;                               \
    const size_t dimension = searches[0].book->dimension;                      \
    switch (dimension) {                                                       \
    case 4: look(searches, count, used, shared, 4); return;                    \
    case 8: look(searches, count, used, shared, 8); return;                    \
    case 12: look(searches, count, used, shared, 12); return;                  \
    case 14: look(searches, count, used, shared, 14); return;                  \
    case 16: look(searches, count, used, shared, 16); return;                  \
    default: look(searches, count, used, shared, dimension);                   \
    }                                                                          \
  }
LOOK(look_shared, 1, 0)
LOOK(look_apart, 0, 0)
LOOK(look_masked, 0, 1)

VNNI void weir_nearest_bytes(const weir_byte_codebook *codebooks, size_t codebook_count, const float *queries,
                             size_t query_stride, size_t count, uint16_t *indices, size_t index_stride,
                             float *scores) {
  if (codebook_count == 0 || count == 0) return;
  // Two sets in turn: while the keys that one has to compare come from memory, the next one is scanned. Those
  // queries of a codebook that fill no tile go together with those of the next codebooks.
  Search searches[2][TILE], rest[TILE];
  int turn = 0, waiting = 0, left = 0;
  const size_t dimension = codebooks[0].dimension;
  for (size_t c = 0; c < codebook_count; c++) {
    for (size_t record = 0; record < count; record++) {
      const int tile = count - record >= TILE ? TILE : 1;
      Search *now = tile == TILE ? searches[turn] : rest + left++;
      for (int n = 0; n < tile; n++) {
        now[n].book = codebooks + c;
        now[n].query = queries + (record + (size_t)n) * query_stride + c * dimension;
        now[n].index = indices + (record + (size_t)n) * index_stride + c;
        now[n].score = scores ? scores + (record + (size_t)n) * index_stride + c : NULL;
      }
      record += (size_t)tile - 1;
      const int is_last = c + 1 == codebook_count && record + 1 == count;
      if (tile == TILE) {
        look_shared(searches[turn], TILE, NULL);
        turn ^= 1;
        for (int n = 0; n < waiting; n++) answer(&searches[turn][n]);
        waiting = TILE;
      }
      if (left == TILE || (is_last && left > 0)) {
        memcpy(searches[turn], rest, sizeof(Search) * (size_t)left);
        look_apart(searches[turn], left, NULL);
        turn ^= 1;
        for (int n = 0; n < waiting; n++) answer(&searches[turn][n]);
        waiting = left;
        left = 0;
      }
    }
  }
  for (int n = 0; n < waiting; n++) answer(&searches[turn ^ 1][n]);
}

VNNI uint16_t weir_nearest_masked_bytes(const weir_byte_codebook *codebook, const uint64_t *mask,
                                        const float *query) {
  uint16_t index = 0;
  Search search = {.book = codebook, .query = query, .index = &index};
  look_masked(&search, 1, mask);
  answer(&search);
  return index;
}

#else

int weir_can_scan_bytes(void) { return 0; }

// Never called, as the function above says; the search is then that of `weir_nearest`.
void weir_nearest_bytes(const weir_byte_codebook *codebooks, size_t codebook_count, const float *queries,
                        size_t query_stride, size_t count, uint16_t *indices, size_t index_stride,
                        float *scores) {
  __builtin_trap();
}

uint16_t weir_nearest_masked_bytes(const weir_byte_codebook *codebook, const uint64_t *mask,
                                   const float *query) {
  __builtin_trap();
}

#endif
