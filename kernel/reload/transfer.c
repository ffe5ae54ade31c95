/* SPDX-License-Identifier: MIT */
/*
 * Files on their way in. Kind, size and offset come from the line and are checked here, once. What
 * always holds: have <= size; `hash` is of the first `have` bytes; verified implies have == size.
 */
#include "transfer.h"
#include <base/string.h>

constexpr uint32_t MIB = 1024 * 1024;

uint32_t transfer_limit(enum control_kind kind) {
    static const uint32_t limits[CONTROL_KINDS] = {
        [CONTROL_KERNEL] = 16 * MIB, [CONTROL_INITRD] = 64 * MIB, [CONTROL_CONFIG] = 4095};
    return limits[kind];
}

void transfer_forget(struct transfer *transfer, uint8_t kind) {
    struct transfer_file *file = &transfer->files[kind];
    if (file->bytes != nullptr) {
        transfer->release(file->bytes, file->size);
    }
    *file = (struct transfer_file){};
}

/* What is there is said when it was asked for, too. */
static enum transfer_result state_of(const struct transfer_file *file) {
    return file->verified ? TRANSFER_VERIFIED : TRANSFER_HAVE;
}

enum transfer_result transfer_begin(struct transfer *transfer, uint8_t kind, uint32_t size,
                                    const uint8_t hash[SHA256_SIZE]) {
    if (kind >= CONTROL_KINDS) {
        return TRANSFER_BAD_KIND;
    }
    if (size == 0 || size > transfer_limit((enum control_kind)kind)) {
        return TRANSFER_BAD_SIZE;
    }
    struct transfer_file *file = &transfer->files[kind];
    if (file->bytes != nullptr && file->size == size &&
        memcmp(file->wanted, hash, SHA256_SIZE) == 0) {
        file->told = false;
        return state_of(file);
    }
    transfer_forget(transfer, kind);
    file->bytes = transfer->allocate(size);
    if (file->bytes == nullptr) {
        return TRANSFER_NO_MEMORY;
    }
    file->size = size;
    memcpy(file->wanted, hash, SHA256_SIZE);
    sha256_init(&file->hash);
    return TRANSFER_HAVE;
}

static enum transfer_result verify(struct transfer *transfer, uint8_t kind) {
    struct transfer_file *file = &transfer->files[kind];
    uint8_t hash[SHA256_SIZE];
    sha256_get(&file->hash, hash);
    file->verified = memcmp(hash, file->wanted, SHA256_SIZE) == 0;
    if (!file->verified) {
        transfer_forget(transfer, kind);
        return TRANSFER_BAD_HASH;
    }
    return TRANSFER_VERIFIED;
}

static enum transfer_result missing(struct transfer_file *file) {
    bool told = file->told;
    file->told = true;
    return told ? TRANSFER_SILENT : TRANSFER_MISSING;
}

enum transfer_result transfer_damage(struct transfer *transfer, uint8_t kind) {
    if (kind >= CONTROL_KINDS || transfer->files[kind].bytes == nullptr) {
        return TRANSFER_SILENT;
    }
    return missing(&transfer->files[kind]);
}

enum transfer_result transfer_add(struct transfer *transfer, uint8_t kind, uint32_t offset,
                                  struct bytes bytes) {
    if (kind >= CONTROL_KINDS) {
        return TRANSFER_BAD_KIND;
    }
    struct transfer_file *file = &transfer->files[kind];
    size_t size = bytes_left(&bytes);
    if (file->bytes == nullptr) {
        return TRANSFER_NOT_BEGUN;
    }
    if (offset > file->have) {
        return missing(file);
    }
    uint32_t old = file->have - offset; /* is there already */
    if (size > file->size - offset) {
        return TRANSFER_BAD_SIZE;
    }
    if (size <= old) {
        return state_of(file);
    }
    memcpy(file->bytes + file->have, bytes.at + old, size - old);
    sha256_add(&file->hash, bytes.at + old, size - old);
    file->have += (uint32_t)(size - old);
    file->told = false;
    return file->have == file->size ? verify(transfer, kind) : TRANSFER_HAVE;
}

bool transfer_holds(const struct transfer *transfer, uint32_t set, struct bytes hashes) {
    if (set == 0 || set >> CONTROL_KINDS != 0) {
        return false;
    }
    for (unsigned kind = 0; kind < CONTROL_KINDS; kind++) {
        const struct transfer_file *file = &transfer->files[kind];
        struct bytes hash;
        if (!(set >> kind & 1)) {
            continue;
        }
        if (!bytes_read_part(&hashes, SHA256_SIZE, &hash) || !file->verified ||
            memcmp(file->wanted, hash.at, SHA256_SIZE) != 0) {
            return false;
        }
    }
    return bytes_left(&hashes) == 0;
}
