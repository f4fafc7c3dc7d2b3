#pragma once
#include <cblas.h>

// LAPACK's Cholesky factorisation, which OpenBLAS brings. Debian's <lapack.h> belongs to another package, and one
// declaration does not need it. Arguments as in Fortran: by address, column-major.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
