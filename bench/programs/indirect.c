/* SPDX-License-Identifier: MIT */
/* Indirect calls: a tiny virtual machine whose operations are called through a table. */
#include "bench.h"

struct machine {
    uint32_t at, count, values[8];
};
typedef void operation(struct machine *machine, uint32_t argument);

static void add(struct machine *machine, uint32_t argument) {
    machine->values[argument & 7] += machine->values[(argument >> 3) & 7];
}

static void rotate(struct machine *machine, uint32_t argument) {
    uint32_t value = machine->values[argument & 7];
    machine->values[argument & 7] = value << 7 | value >> 25;
}

static void exclusive_or(struct machine *machine, uint32_t argument) {
    machine->values[argument & 7] ^= machine->values[(argument >> 3) & 7] + argument;
}

static void loop(struct machine *machine, uint32_t argument) {
    if (--machine->count != 0) {
        machine->at = 0;
    }
}

static operation *const operations[] = {add, rotate, exclusive_or, loop};

static uint64_t bench(uint32_t rounds) {
    static const uint16_t program[] = {0x00A, 0x111, 0x21C, 0x023, 0x105,
                                       0x22E, 0x037, 0x112, 0x219, 0x300};
    uint64_t sum = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        struct machine machine = {0, 200000, {1, 2, 3, 4, 5, 6, 7, i}};
        while (machine.at < sizeof program / sizeof program[0]) {
            uint16_t word = program[machine.at++];
            operations[word >> 8](&machine, word & 0xff);
        }
        sum = sum * 31 + machine.values[2];
    }
    return sum;
}
