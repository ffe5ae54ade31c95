/* SPDX-License-Identifier: MIT */
/* <hash/sha256.h> over BearSSL, whose context has a room of ours. */
#include <bearssl_hash.h>
#include <hash/sha256.h>

static_assert(sizeof(br_sha256_context) <= sizeof(struct sha256));
static_assert(alignof(br_sha256_context) <= alignof(struct sha256));

void sha256_init(struct sha256 *hash) {
    br_sha256_init((br_sha256_context *)hash);
}

void sha256_add(struct sha256 *hash, const void *bytes, size_t size) {
    br_sha256_update((br_sha256_context *)hash, bytes, size);
}

void sha256_get(const struct sha256 *hash, uint8_t out[SHA256_SIZE]) {
    br_sha256_out((const br_sha256_context *)hash, out);
}

void sha256_text(const uint8_t hash[SHA256_SIZE], char out[2 * SHA256_SIZE + 1]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[2 * SHA256_SIZE] = 0;
}
