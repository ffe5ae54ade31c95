/* SPDX-License-Identifier: MIT */
/* Floating point and addressing: a product of two matrices, the plain way. */
#include "bench.h"

constexpr int SIZE = 240;
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

static void multiply(void) {
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
            double sum = 0;
            for (int k = 0; k < SIZE; k++) {
                sum += a[i][k] * b[k][j];
            }
            c[i][j] = sum;
        }
    }
}

static uint64_t work(void) {
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
            a[i][j] = (i * 7 + j * 3) % 11;
            b[i][j] = (i * 5 + j * 2) % 13;
        }
    }
    multiply();
    double trace = 0;
    for (int i = 0; i < SIZE; i++) {
        trace += c[i][i];
    }
    return (uint64_t)trace;
}
