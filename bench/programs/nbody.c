/* SPDX-License-Identifier: MIT */
/* Scalar floating point with divisions and roots: bodies that attract one another. */
#include "bench.h"
#include <math.h>

enum { BODIES = 5 };
static struct body {
    double x[3], v[3], mass;
} bodies[BODIES];

static void advance(double step) {
    for (int i = 0; i < BODIES; i++) {
        for (int j = i + 1; j < BODIES; j++) {
            double d[3], square = 0.01;
            for (int k = 0; k < 3; k++) {
                d[k] = bodies[i].x[k] - bodies[j].x[k];
                square += d[k] * d[k];
            }
            double pull = step / (square * sqrt(square));
            for (int k = 0; k < 3; k++) {
                bodies[i].v[k] -= d[k] * bodies[j].mass * pull;
                bodies[j].v[k] += d[k] * bodies[i].mass * pull;
            }
        }
    }
    for (int i = 0; i < BODIES; i++) {
        for (int k = 0; k < 3; k++) {
            bodies[i].x[k] += step * bodies[i].v[k];
        }
    }
}

static uint64_t bench(uint32_t rounds) {
    uint32_t seed = 42;
    for (int i = 0; i < BODIES; i++) {
        for (int k = 0; k < 3; k++) {
            bodies[i].x[k] = next_random(&seed) % 1000 / 50.0;
            bodies[i].v[k] = next_random(&seed) % 1000 / 500.0;
        }
        bodies[i].mass = 1 + i;
    }
    for (uint32_t i = 0; i < rounds * 20000; i++) {
        advance(0.001);
    }
    uint64_t bits;
    memcpy(&bits, &bodies[0].x[0], sizeof bits);
    return rounds == 0 ? 0 : bits;
}
