#include "continual_math.h"

INLINED void lstm(const lanes *gates, lanes *c, lanes *h) {
  lanes i = gates[0], f = gates[1], g = gates[2], o = gates[3];
  sigmoid(&i);
  sigmoid(&f);
  hyperbolic_tangent(&g);
  sigmoid(&o);
  *c = f * *c + i * g;
  *h = *c;
  hyperbolic_tangent(h);
  *h = o * *h;
}

DISPATCHED
void weir_lstm_cell(const float *gates, size_t width, float *c, float *h) {
  for (size_t k = 0; k < width; k += WEIR_LANES) {
    lanes in[4], cell, hidden;
    if (width - k < WEIR_LANES) {
      for (size_t gate = 0; gate < 4; gate++) load_part(gates + gate * width + k, width - k, &in[gate]);
      load_part(c + k, width - k, &cell);
      lstm(in, &cell, &hidden);
      store_part(&cell, width - k, c + k);
      store_part(&hidden, width - k, h + k);
      break;
    }
    for (size_t gate = 0; gate < 4; gate++) in[gate] = LOAD(gates + gate * width + k);
    cell = LOAD(c + k);
    lstm(in, &cell, &hidden);
    STORE(c + k, cell);
    STORE(h + k, hidden);
  }
}

INLINED void gru(const lanes *x, const lanes *y, lanes *h) {
  lanes r = x[0] + y[0], z = x[1] + y[1];
  sigmoid(&r);
  sigmoid(&z);
  lanes n = r * y[2] + x[2];
  hyperbolic_tangent(&n);
  *h = z * *h + (1.0f - z) * n;
}

DISPATCHED
void weir_gru_cell(const float *from_input, const float *from_hidden, size_t width, float *h) {
  for (size_t k = 0; k < width; k += WEIR_LANES) {
    lanes x[3], y[3], hidden;
    if (width - k < WEIR_LANES) {
      for (size_t gate = 0; gate < 3; gate++) {
        load_part(from_input + gate * width + k, width - k, &x[gate]);
        load_part(from_hidden + gate * width + k, width - k, &y[gate]);
      }
      load_part(h + k, width - k, &hidden);
      gru(x, y, &hidden);
      store_part(&hidden, width - k, h + k);
      break;
    }
    for (size_t gate = 0; gate < 3; gate++) {
      x[gate] = LOAD(from_input + gate * width + k);
      y[gate] = LOAD(from_hidden + gate * width + k);
    }
    hidden = LOAD(h + k);
    gru(x, y, &hidden);
    STORE(h + k, hidden);
  }
}
