/* SPDX-License-Identifier: MIT */
/* See heap.h. A bin holds blocks of [its size, the next bin's size); a request is rounded up to a
 * bin whose every block is large enough, so that the first one found will do. */
#include "heap.h"
#include <base/ensure.h>

struct heap_block {
    size_t tag;                         /* size of the payload and IN_USE */
    size_t before;                      /* size of the payload of the block before; none: 0 */
    struct heap_block *next, *previous; /* while it is free */
};

constexpr size_t IN_USE = 1;
constexpr size_t HEADER =
    offsetof(struct heap_block, next) <= HEAP_ALIGNMENT ? HEAP_ALIGNMENT : 2 * HEAP_ALIGNMENT;
constexpr size_t PAYLOAD_MIN = 16; /* room for the links */
constexpr size_t PAYLOAD_MAX = (size_t)1 << (HEAP_CLASSES + 2);
constexpr unsigned STEPS = 1u << HEAP_STEPS_LOG2;
static_assert(sizeof(struct heap_block) - offsetof(struct heap_block, next) <= PAYLOAD_MIN);
static_assert(HEADER == HEAP_ALIGNMENT && 2 * HEADER + PAYLOAD_MIN <= HEAP_REGION_MIN);

static size_t size_of(const struct heap_block *block) {
    return block->tag & ~IN_USE;
}

static uint8_t *payload_of(struct heap_block *block) {
    return (uint8_t *)block + HEADER;
}

static struct heap_block *block_of(void *payload) {
    return (struct heap_block *)((uint8_t *)payload - HEADER);
}

static struct heap_block *block_after(struct heap_block *block) {
    return (struct heap_block *)(payload_of(block) + size_of(block));
}

struct bin {
    unsigned class, step;
};

/* The bin that a block of this size belongs to; sizes are at least PAYLOAD_MIN. */
static struct bin bin_of(size_t size) {
    unsigned log2 = 8 * sizeof(unsigned long long) - 1 - (unsigned)__builtin_clzll(size);
    unsigned step = (unsigned)(size >> (log2 - HEAP_STEPS_LOG2)) & (STEPS - 1);
    unsigned class = log2 - 4;
    return class < HEAP_CLASSES ? (struct bin){class, step}
                                : (struct bin){HEAP_CLASSES - 1, STEPS - 1};
}

static size_t round_up(size_t size) {
    size = (size + HEAP_ALIGNMENT - 1) & ~(HEAP_ALIGNMENT - 1);
    return size < PAYLOAD_MIN ? PAYLOAD_MIN : size;
}

/* Up to the next bin's smallest size. */
static size_t round_to_bin(size_t size) {
    unsigned log2 = 8 * sizeof(unsigned long long) - 1 - (unsigned)__builtin_clzll(size);
    size_t step = (size_t)1 << (log2 - HEAP_STEPS_LOG2);
    return (size + step - 1) & ~(step - 1);
}

static void put(struct heap *heap, struct heap_block *block) {
    struct bin bin = bin_of(size_of(block));
    struct heap_block **head = &heap->bins[bin.class][bin.step];
    block->previous = nullptr;
    block->next = *head;
    if (*head != nullptr) {
        (*head)->previous = block;
    }
    *head = block;
    heap->steps[bin.class] |= (uint8_t)(1u << bin.step);
    heap->classes |= 1u << bin.class;
}

static void take(struct heap *heap, struct heap_block *block) {
    struct bin bin = bin_of(size_of(block));
    if (block->previous != nullptr) {
        block->previous->next = block->next;
    } else {
        heap->bins[bin.class][bin.step] = block->next;
    }
    if (block->next != nullptr) {
        block->next->previous = block->previous;
    }
    if (heap->bins[bin.class][bin.step] == nullptr) {
        heap->steps[bin.class] &= (uint8_t)~(1u << bin.step);
    }
    if (heap->steps[bin.class] == 0) {
        heap->classes &= ~(1u << bin.class);
    }
}

static void set_size(struct heap_block *block, size_t size) {
    block->tag = (block->tag & IN_USE) | size;
    block_after(block)->before = size;
}

/* Marks it free, joined with its free neighbours. */
static void set_free(struct heap *heap, struct heap_block *block) {
    block->tag &= ~IN_USE;
    struct heap_block *after = block_after(block);
    if ((after->tag & IN_USE) == 0) {
        take(heap, after);
        set_size(block, size_of(block) + HEADER + size_of(after));
    }
    if (block->before != 0) {
        struct heap_block *before = block_of((uint8_t *)block - block->before);
        if ((before->tag & IN_USE) == 0) {
            take(heap, before);
            set_size(before, size_of(before) + HEADER + size_of(block));
            block = before;
        }
    }
    put(heap, block);
}

void heap_add(struct heap *heap, void *start, size_t size) {
    size &= ~(HEAP_ALIGNMENT - 1);
    ensure(size >= HEAP_REGION_MIN && (uintptr_t)start % HEAP_ALIGNMENT == 0);
    uint8_t *end = (uint8_t *)start + size;
    struct heap_block *block;
    if (start == heap->region_end) { /* what was the end block becomes the new block */
        block = (struct heap_block *)(heap->region_end - HEADER);
    } else {
        block = start;
        block->before = 0;
    }
    struct heap_block *last = (struct heap_block *)(end - HEADER);
    last->tag = IN_USE;
    block->tag = IN_USE;
    set_size(block, (size_t)((uint8_t *)last - payload_of(block)));
    heap->region_end = end;
    set_free(heap, block);
}

/* A block of a bin in which all are at least this large. */
static struct heap_block *find(struct heap *heap, size_t size) {
    struct bin bin = bin_of(round_to_bin(size));
    unsigned steps = heap->steps[bin.class] >> bin.step << bin.step;
    if (steps == 0) {
        unsigned classes = heap->classes >> bin.class >> 1 << bin.class << 1;
        if (classes == 0) {
            return nullptr;
        }
        bin.class = (unsigned)__builtin_ctz(classes);
        steps = heap->steps[bin.class];
    }
    struct heap_block *block = heap->bins[bin.class][__builtin_ctz(steps)];
    return size_of(block) >= size ? block : nullptr;
}

void *heap_allocate(struct heap *heap, size_t size) {
    if (size > PAYLOAD_MAX) {
        return nullptr;
    }
    size = round_up(size);
    struct heap_block *block = find(heap, size);
    if (block == nullptr) {
        return nullptr;
    }
    take(heap, block);
    size_t rest = size_of(block) - size;
    if (rest >= HEADER + PAYLOAD_MIN) {
        set_size(block, size);
        struct heap_block *other = block_after(block);
        other->tag = 0;
        set_size(other, rest - HEADER);
        put(heap, other);
    }
    block->tag |= IN_USE;
    return payload_of(block);
}

void heap_release(struct heap *heap, void *memory) {
    struct heap_block *block = block_of(memory);
    ensure((block->tag & IN_USE) != 0 && block_after(block)->before == size_of(block));
    set_free(heap, block);
}

size_t heap_need(size_t size) {
    return size <= PAYLOAD_MAX ? round_to_bin(round_up(size)) + HEAP_REGION_MIN : 0;
}
