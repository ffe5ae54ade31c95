/* SPDX-License-Identifier: MIT */
/*
 * What a fuzz target is: one reader of the loader, fed with anything. LLVM's libFuzzer calls it for
 * as long as one likes (`make fuzz-boot`); repeat.c a fixed number of times in `make test`.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

extern const char fuzz_name[];
extern const unsigned fuzz_rounds; /* for repeat.c */

/* The n-th sound input, to start from: bytes written, 0 when there are no more. */
constexpr size_t FUZZ_SEED_MAX = 65536;
size_t fuzz_seed(unsigned n, uint8_t to[FUZZ_SEED_MAX]);

/* libFuzzer's entry: crashes when something is wrong, returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
