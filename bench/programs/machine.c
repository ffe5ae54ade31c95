/* SPDX-License-Identifier: MIT */
/* A big switch in a loop: an interpreter of a small stack machine that counts primes. */
#include "bench.h"

enum code : uint8_t { PUSH, LOAD, STORE, ADD, REMAINDER, LESS, JUMP, JUMP_ZERO, END };

struct instruction {
    enum code code;
    int32_t value;
};

/* i = 2; while (i < 1000) { d = 2; while (d < i) { if (i % d == 0) break; d++; }
 * count += d == i (as !(d < i)); i++ } */
static const struct instruction program[] = {
    {PUSH, 2},       {STORE, 0}, {LOAD, 0},      {PUSH, 1000},    {LESS, 0},  {JUMP_ZERO, 33},
    {PUSH, 2},       {STORE, 1}, {LOAD, 1},      {LOAD, 0},       {LESS, 0},  {JUMP_ZERO, 21},
    {LOAD, 0},       {LOAD, 1},  {REMAINDER, 0}, {JUMP_ZERO, 21}, {LOAD, 1},  {PUSH, 1},
    {ADD, 0},        {STORE, 1}, {JUMP, 8},      {LOAD, 1},       {LOAD, 0},  {LESS, 0},
    {JUMP_ZERO, 34}, {LOAD, 0},  {PUSH, 1},      {ADD, 0},        {STORE, 0}, {JUMP, 2},
    {END, 0},        {END, 0},   {END, 0},       {END, 0},        {LOAD, 2},  {PUSH, 1},
    {ADD, 0},        {STORE, 2}, {JUMP, 25},
};

static uint64_t interpret(void) {
    int32_t stack[16], variables[3] = {0};
    int32_t *top = stack;
    uint64_t steps = 0;
    for (const struct instruction *at = program;; steps++) {
        struct instruction now = *at++;
        switch (now.code) {
        case PUSH:
            *top++ = now.value;
            break;
        case LOAD:
            *top++ = variables[now.value];
            break;
        case STORE:
            variables[now.value] = *--top;
            break;
        case ADD:
            top--;
            top[-1] += top[0];
            break;
        case REMAINDER:
            top--;
            top[-1] %= top[0];
            break;
        case LESS:
            top--;
            top[-1] = top[-1] < top[0];
            break;
        case JUMP:
            at = program + now.value;
            break;
        case JUMP_ZERO:
            at = *--top == 0 ? program + now.value : at;
            break;
        case END:
            return steps * 1000 + (uint64_t)variables[2];
        }
    }
}

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        sum += interpret();
    }
    return sum;
}
