/* SPDX-License-Identifier: MIT */
/*
 * A pool hands out memory that is given back all at once. Small pieces are cut from blocks of
 * BLOCK_SIZE; a large one gets a block of its own, behind the current one.
 */
#include <base/checked.h>
#include <base/string.h>
#include <engine/private.h>

constexpr size_t BLOCK_SIZE = 4096;

struct pool_block {
    struct pool_block *next;
    size_t size, used; /* bytes, with this header */
};

static struct pool_block *block_create(size_t size) {
    struct pool_block *block = port_allocate(size);
    if (block != nullptr) {
        memset(block, 0, size);
        block->size = size;
        block->used = align_up(sizeof *block, 16);
    }
    return block;
}

/* A block with room for `size` bytes. The first of the list is the one that pieces are cut from. */
static struct pool_block *block_find(struct pool *pool, size_t size) {
    struct pool_block *first = pool->blocks;
    if (first != nullptr && size <= first->size - first->used) {
        return first;
    }
    size_t whole;
    if (!checked_add(size, align_up(sizeof *first, 16), &whole)) {
        return nullptr;
    }
    bool large = whole > BLOCK_SIZE / 4;
    struct pool_block *block = block_create(large ? whole : BLOCK_SIZE);
    if (block == nullptr) {
        return nullptr;
    }
    struct pool_block **place = large && first != nullptr ? &first->next : &pool->blocks;
    block->next = *place;
    *place = block;
    pool->size += block->size;
    return block;
}

void *pool_allocate(struct pool *pool, size_t count, size_t size) {
    size_t bytes;
    if (!checked_multiply(count, size, &bytes) || bytes > SIZE_MAX / 2) {
        return nullptr;
    }
    bytes = align_up(bytes, 16);
    struct pool_block *block = block_find(pool, bytes);
    if (block == nullptr) {
        return nullptr;
    }
    void *piece = (uint8_t *)block + block->used;
    block->used += bytes;
    return piece;
}

void pool_destroy(struct pool *pool) {
    while (pool->blocks != nullptr) {
        struct pool_block *block = pool->blocks;
        pool->blocks = block->next;
        port_release(block, block->size);
    }
}
