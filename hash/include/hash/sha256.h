/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 (FIPS 180-4) of bytes that come in parts. The computation is BearSSL's; what it keeps
 * lies in the caller's memory and may be copied.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr size_t SHA256_SIZE = 32;

struct sha256 {
    uint64_t state[14];
};

void sha256_init(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t size);
/* Of all that was added so far; more may follow. */
void sha256_get(const struct sha256 *hash, uint8_t out[SHA256_SIZE]);

/* 64 hexadecimal digits and a NUL. */
void sha256_text(const uint8_t hash[SHA256_SIZE], char out[2 * SHA256_SIZE + 1]);
