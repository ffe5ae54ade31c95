/* SPDX-License-Identifier: MIT */
/* Floating point and strided memory: a Fourier transform there and back, roots by recurrence. */
#include "bench.h"
#include <math.h>

enum { LOG2_SIZE = 11, SIZE = 1 << LOG2_SIZE };
struct complex {
    double real, imaginary;
};
static struct complex points[SIZE];

static void reorder(void) {
    for (uint32_t i = 1, j = 0; i < SIZE; i++) {
        uint32_t bit = SIZE / 2;
        for (; j & bit; bit /= 2) {
            j ^= bit;
        }
        j ^= bit;
        if (i < j) {
            struct complex other = points[i];
            points[i] = points[j];
            points[j] = other;
        }
    }
}

static void butterfly(struct complex *a, struct complex *b, struct complex root) {
    double real = b->real * root.real - b->imaginary * root.imaginary;
    double imaginary = b->real * root.imaginary + b->imaginary * root.real;
    *b = (struct complex){a->real - real, a->imaginary - imaginary};
    *a = (struct complex){a->real + real, a->imaginary + imaginary};
}

/* Half-angle formulas only: the C libraries' sines need not agree in the last bit. */
static void transform(double sign) {
    double cosine = -1, sine = 0;
    reorder();
    for (uint32_t half = 1; half < SIZE; half *= 2) {
        struct complex root = {1, 0};
        for (uint32_t start = 0; start < half; start++) {
            for (uint32_t i = start; i < SIZE; i += 2 * half) {
                butterfly(&points[i], &points[i + half], root);
            }
            root = (struct complex){root.real * cosine - root.imaginary * sine * sign,
                                    root.real * sine * sign + root.imaginary * cosine};
        }
        double half_cosine = sqrt((1 + cosine) / 2);
        sine = half == 1 ? 1 : sqrt((1 - cosine) / 2);
        cosine = half_cosine;
    }
}

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    uint32_t seed = 3;
    for (uint32_t round = 0; round < rounds; round++) {
        for (int i = 0; i < SIZE; i++) {
            points[i] = (struct complex){next_random(&seed) % 1000, 0};
        }
        transform(1);
        transform(-1);
        for (int i = 0; i < SIZE; i++) {
            sum = sum * 31 + (uint64_t)(points[i].real / SIZE + 0.5);
        }
    }
    return sum;
}
