/* SPDX-License-Identifier: MIT */
/*
 * Files on their way in: one of each kind, in one piece of memory each, hashed as they come. A file
 * counts only when all of it is there and its hash is what was announced.
 */
#pragma once
#include <base/bytes.h>
#include <hash/sha256.h>
#include <proto/control.h>

struct transfer_file {
    uint8_t *bytes; /* NULL: nothing was begun */
    uint32_t size, have;
    bool verified;
    bool told; /* that something is missing, since the last byte that was not */
    uint8_t wanted[SHA256_SIZE];
    struct sha256 hash;
};

struct transfer {
    /* Memory for a whole file; NULL when there is none. */
    void *(*allocate)(size_t size);
    void (*release)(void *bytes, size_t size);
    struct transfer_file files[CONTROL_KINDS];
};

enum transfer_result : uint8_t {
    TRANSFER_HAVE,
    TRANSFER_MISSING,
    TRANSFER_SILENT, /* the same, and it was told already */
    TRANSFER_VERIFIED,
    TRANSFER_BAD_KIND,
    TRANSFER_BAD_SIZE,
    TRANSFER_NO_MEMORY,
    TRANSFER_NOT_BEGUN,
    TRANSFER_BAD_HASH, /* the file is forgotten */
};

/* The most that a file of this kind may have. */
uint32_t transfer_limit(enum control_kind kind);

/* A file with the hash of the one that is there goes on; any other takes its place. */
enum transfer_result transfer_begin(struct transfer *transfer, uint8_t kind, uint32_t size,
                                    const uint8_t hash[SHA256_SIZE]);
/* Bytes that follow those that are there are taken; what is there already is passed over. */
enum transfer_result transfer_add(struct transfer *transfer, uint8_t kind, uint32_t offset,
                                  struct bytes bytes);
/* Something came that cannot be read: TRANSFER_MISSING or TRANSFER_SILENT. */
enum transfer_result transfer_damage(struct transfer *transfer, uint8_t kind);
void transfer_forget(struct transfer *transfer, uint8_t kind);

/* Are the files of the set there, whole, with these hashes? */
bool transfer_holds(const struct transfer *transfer, uint32_t set, struct bytes hashes);
