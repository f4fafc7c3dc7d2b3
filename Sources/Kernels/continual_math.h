#ifndef WEIR_CONTINUAL_MATH_H
#define WEIR_CONTINUAL_MATH_H

#include "dispatch.h"
#include "weir_continual.h"

// Vector functions that inline into every clone. Vectors travel by address, because a vector of this size
// cannot be an argument on every CPU; once inlined they live in registers.
#define INLINED static inline __attribute__((always_inline))

typedef uint32_t bits __attribute__((vector_size(WEIR_LANES * 4), aligned(4)));

#define LOAD(p) (*(const lanes *)(p))
#define STORE(p, v) (*(lanes *)(p) = (v))
// Lane by lane a where k, else b.
#define CHOOSE(k, a, b) ((lanes)(((k) & (mask)(a)) | (~(k) & (mask)(b))))
// The lesser and the greater; what is not a number in b stays.
#define LEAST(a, b) CHOOSE((a) < (b), (a), (b))
#define GREATEST(a, b) CHOOSE((a) > (b), (a), (b))

INLINED void fill(lanes *v, float value) { *v = (lanes){0} + value; }

INLINED void load_part(const float *x, size_t count, lanes *v) {
  *v = (lanes){0};
  for (size_t i = 0; i < count; i++) (*v)[i] = x[i];
}

// `count` is a constant sixteen where it matters.
INLINED void load_some(const float *x, size_t count, lanes *v) {
  if (count == WEIR_LANES) *v = LOAD(x);
  else load_part(x, count, v);
}

// Halves of halves: whole rows of a narrow matrix end here, and a loop over single floats would show.
INLINED void store_part(const lanes *v, size_t count, float *out) {
  float copy[WEIR_LANES];
  const float *from = copy;
  STORE(copy, *v);
  if (count >= WEIR_LANES) {
    STORE(out, *v);
    return;
  }
  if (count & 8) { __builtin_memcpy(out, from, 32); out += 8; from += 8; }
  if (count & 4) { __builtin_memcpy(out, from, 16); out += 4; from += 4; }
  if (count & 2) { __builtin_memcpy(out, from, 8); out += 2; from += 2; }
  if (count & 1) *out = *from;
}

// The vector turned round by `width` lanes.
#define TURNED(v, width) \
  __builtin_shufflevector(v, v, (0 + width) % 16, (1 + width) % 16, (2 + width) % 16, (3 + width) % 16, \
                          (4 + width) % 16, (5 + width) % 16, (6 + width) % 16, (7 + width) % 16, \
                          (8 + width) % 16, (9 + width) % 16, (10 + width) % 16, (11 + width) % 16, \
                          (12 + width) % 16, (13 + width) % 16, (14 + width) % 16, (15 + width) % 16)

// The lanes added pairwise.
INLINED float sum_of_lanes(const lanes *v) {
  lanes sums = *v;
  sums += TURNED(sums, 8);
  sums += TURNED(sums, 4);
  sums += TURNED(sums, 2);
  sums += TURNED(sums, 1);
  return sums[0];
}

INLINED float greatest_of_lanes(const lanes *v) {
  lanes most = *v;
  most = GREATEST(TURNED(most, 8), most);
  most = GREATEST(TURNED(most, 4), most);
  most = GREATEST(TURNED(most, 2), most);
  most = GREATEST(TURNED(most, 1), most);
  return most[0];
}

// The polynomials below are fits of least greatest relative error, by reweighted least squares.

// x = n ln 2 + r with |r| <= ln 2 / 2: scale = 2^n, remainder = e^r - 1. For -88 <= x <= 88.
INLINED void split_exponential(const lanes *x, lanes *scale, lanes *remainder) {
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
  lanes shifted = *x * 1.44269504f + 12582912.0f;
  lanes n = shifted - 12582912.0f;
  // ln 2 in two parts, of which the first has so few bits that n times it is exact.
  lanes r = *x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  lanes p = r * 1.381453825e-3f + 8.368745446e-3f;
  p = p * r + 4.166838899e-2f;
  p = p * r + 0.16666521132f;
  p = p * r + 0.49999994040f;
  *remainder = r * r * p + r;
  *scale = (lanes)(((bits)shifted + 127) << 23);
}

// e^x for x <= 0; what would be below the normal numbers is zero.
INLINED void exponential_of_negative(lanes *x) {
  lanes least = (lanes){0} - 87.3f, scale, remainder;
  mask vanishes = *x < least;
  lanes within = GREATEST(least, *x);
  split_exponential(&within, &scale, &remainder);
  lanes result = scale * remainder + scale;
  *x = (lanes)(~vanishes & (mask)result);
}

// out = e^(x - the greatest of x), width > 0; returns their sum. Sums and maxima run lane by lane over whole
// vectors, then over what is left. out may be x.
INLINED float exponentials(const float *x, size_t width, float *out) {
  const size_t whole = width / WEIR_LANES * WEIR_LANES, part = width - whole;
  lanes most, v, total = {0};
  fill(&most, -__builtin_inff());
  lanes last = most;
  for (size_t i = 0; i < part; i++) last[i] = x[whole + i];
  for (size_t c = 0; c < whole; c += WEIR_LANES) {
    v = LOAD(x + c);
    most = GREATEST(v, most);
  }
  most = GREATEST(last, most);
  const float greatest = greatest_of_lanes(&most);
  for (size_t c = 0; c < whole; c += WEIR_LANES) {
    v = LOAD(x + c) - greatest;
    exponential_of_negative(&v);
    STORE(out + c, v);
    total += v;
  }
  if (part > 0) {
    // Beyond the row stands e^-inf = 0, or what is not a number, if the row has none either.
    last = last - greatest;
    exponential_of_negative(&last);
    store_part(&last, part, out + whole);
    total += last;
  }
  return sum_of_lanes(&total);
}

// e^x - 1 for x <= 88.
INLINED void exponential_less_one(lanes *x) {
  lanes scale, remainder, least = (lanes){0} - 80.0f;
  lanes within = GREATEST(least, *x);
  split_exponential(&within, &scale, &remainder);
  *x = scale * remainder + (scale - 1.0f);
}

INLINED void sigmoid(lanes *x) {
  lanes zero = {0}, u = (lanes)((bits)*x | 0x80000000u);
  exponential_of_negative(&u);
  lanes over = CHOOSE(*x < zero, u, zero + 1.0f);
  *x = over / (u + 1.0f);
}

// By e^2|x| - 1, which keeps the relative error small where x is.
INLINED void hyperbolic_tangent(lanes *x) {
  bits sign = (bits)*x & 0x80000000u;
  lanes most = (lanes){0} + 20.0f, twice = (lanes)((bits)*x & 0x7fffffffu) * 2.0f;
  twice = LEAST(most, twice);
  exponential_less_one(&twice);
  *x = (lanes)((bits)(twice / (twice + 2.0f)) | sign);
}

// Phi(x) = 1/2 erfc(-x/sqrt 2), the share of a normal distribution below x. With t = 1/(1 + 0.3 z),
// erfc(z) = e^-zz t P(t).
INLINED void normal_share(lanes *x) {
  lanes zero = {0}, z = (lanes)((bits)*x & 0x7fffffffu);
  lanes e = z * z * -0.5f;
  exponential_of_negative(&e);
  lanes t = 1.0f / (z * (0.3f * 0.70710678f) + 1.0f);
  lanes p = t * -0.12955455482f + 0.48572936654f;
  p = p * t - 0.51265192032f;
  p = p * t + 0.54819029570f;
  p = p * t - 0.09501185268f;
  p = p * t + 0.21509917080f;
  p = p * t + 0.14828866720f;
  p = p * t + 0.17072340846f;
  p = p * t + 0.16918744148f;
  lanes upper = 0.5f * e * (p * t);
  *x = CHOOSE(*x < zero, upper, 1.0f - upper);
}

// ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|), and ln(1 + u) = 2 artanh(u / (2 + u)).
INLINED void softplus(lanes *x) {
  lanes zero = {0}, u = (lanes)((bits)*x | 0x80000000u);
  exponential_of_negative(&u);
  lanes s = u / (u + 2.0f), square = s * s;
  lanes p = square * 0.14012232422f + 0.13999569416f;
  p = p * square + 0.20010849833f;
  p = p * square + 0.33333206177f;
  *x = GREATEST(zero, *x) + (s + s * square * p) * 2.0f;
}

INLINED void activate(lanes *x, int activation, float slope) {
  lanes zero = {0}, six = zero + 6.0f;
  // Minus infinity times zero is not a number, the limit is zero.
  lanes least = zero - 3.40282347e38f, finite = GREATEST(least, *x), factor = *x;
  switch (activation) {
    case WEIR_RELU: *x = GREATEST(zero, *x); break;
    case WEIR_SILU: sigmoid(&factor); *x = finite * factor; break;
    case WEIR_SIGMOID: sigmoid(x); break;
    case WEIR_TANH: hyperbolic_tangent(x); break;
    case WEIR_GELU: normal_share(&factor); *x = finite * factor; break;
    case WEIR_LEAKY_RELU: *x = CHOOSE(*x < zero, *x * slope, *x); break;
    case WEIR_ELU:
      factor = LEAST(zero, *x);
      exponential_less_one(&factor);
      *x = CHOOSE(*x < zero, factor * slope, *x);
      break;
    case WEIR_HARD_SWISH:
      factor = finite + 3.0f;
      factor = GREATEST(zero, factor);
      factor = LEAST(six, factor);
      *x = finite * (factor * (1.0f / 6.0f));
      break;
    case WEIR_SOFTPLUS: softplus(x); break;
    case WEIR_RELU6: *x = GREATEST(zero, *x); *x = LEAST(six, *x); break;
    default: break;
  }
}

// out[row][c] = activation(x[row][c]); out may be x. Rows of both begin `stride` floats after each other.
void weir_activate_rows(const float *x, size_t rows, size_t width, size_t stride, int activation, float slope,
                        float *out);

#endif
