/* SPDX-License-Identifier: MIT */
/*
 * Red zones around heap blocks, as ../check.h draws them. Places that are free hold POISON: so a
 * block that is released twice has it where its marks should be.
 */
#include "../check.h"
#include "poison.h"
#include <base/checked.h>
#include <base/string.h>
#include <kernel/panic.h>

constexpr uint64_t MARK = 0x5245'445A'4F4E'4531;
constexpr uint8_t RED = 0xA5;
constexpr size_t RED_MIN = 16;

struct zone {
    uint64_t mark;
    size_t size;
    uint64_t check; /* mark, size and address in one */
    uint64_t last;  /* just below the block */
};
static_assert(sizeof(struct zone) == 32);

static uint64_t check_of(const struct zone *zone) {
    return zone->mark ^ zone->size * 0x9E37'79B9'7F4A'7C15 ^ (uintptr_t)zone;
}

size_t check_heap_size(size_t size) {
    return sizeof(struct zone) + align_up(size + RED_MIN, 16);
}

void check_heap_fill(void *memory, size_t size) {
    memset(memory, POISON, size);
}

void *check_heap_open(void *place, size_t size) {
    const void *spoilt = poison_find_other(place, check_heap_size(size));
    if (spoilt != nullptr) {
        panic("free heap memory was written to at %016lx", (unsigned long)(uintptr_t)spoilt);
    }
    struct zone *zone = place;
    *zone = (struct zone){.mark = MARK, .size = size, .last = MARK};
    zone->check = check_of(zone);
    uint8_t *block = (uint8_t *)(zone + 1);
    memset(block + size, RED, check_heap_size(size) - sizeof(*zone) - size);
    return block;
}

static void zone_before_check(const struct zone *zone, size_t size) {
    unsigned long block = (unsigned long)(uintptr_t)(zone + 1);
    if (zone->mark == POISON_WORD) {
        panic("heap block %016lx of %zu bytes is released twice", block, size);
    }
    if (zone->mark != MARK || zone->check != check_of(zone) || zone->last != MARK) {
        panic("heap block %016lx of %zu bytes was underrun, or is none", block, size);
    }
    if (zone->size != size) {
        panic("heap block %016lx of %zu bytes is released as %zu", block, zone->size, size);
    }
}

void *check_heap_close(void *block, size_t size) {
    struct zone *zone = (struct zone *)block - 1;
    zone_before_check(zone, size);
    size_t place = check_heap_size(size);
    const uint8_t *bytes = block;
    for (size_t i = size; i < place - sizeof(*zone); i++) {
        if (bytes[i] != RED) {
            panic("heap block %016lx of %zu bytes was overrun at byte %zu",
                  (unsigned long)(uintptr_t)block, size, i);
        }
    }
    memset(zone, POISON, place);
    return zone;
}
