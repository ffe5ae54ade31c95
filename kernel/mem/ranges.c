/* SPDX-License-Identifier: MIT */
/*
 * Free ranges are kept per step in a stack made of chunks. A place in it is made when a range is,
 * so that giving back never needs memory. The chunk at the head of the list holds the top of the
 * stack; the chunks behind it are full, those before (`spare`) are empty.
 */
#include "ranges.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>

constexpr size_t GRAIN = 64 * 1024;
constexpr size_t CHUNK_PLACES = 29;

struct range_chunk {
    struct range_chunk *below; /* full */
    struct range_chunk *spare; /* empty ones, linked by `spare` */
    size_t count;
    uintptr_t places[CHUNK_PLACES];
};

/* Step s of doubling d is (8 + s) << d grains, with the small ones exact: 1 to 8 grains. */
static unsigned step_of(size_t size, size_t *rounded) {
    size_t grains = (size + GRAIN - 1) / GRAIN;
    grains = grains == 0 ? 1 : grains;
    if (grains <= 8) {
        *rounded = grains * GRAIN;
        return (unsigned)grains - 1;
    }
    unsigned doubling = 60 - (unsigned)__builtin_clzl(grains - 1);
    size_t units = ((grains - 1) >> doubling) + 1; /* 9 to 16 */
    *rounded = (units << doubling) * GRAIN;
    return 8 * (doubling + 1) + (unsigned)units - 9;
}

void ranges_init(struct ranges *ranges, uintptr_t start, uintptr_t end,
                 const struct range_books *books) {
    memset(ranges, 0, sizeof(*ranges)); /* too large to be made on a stack */
    ranges->next = align_up(start, GRAIN);
    ranges->end = align_down(end, GRAIN);
    ranges->books = *books;
}

/* What lies behind a chunk: full ones below it, empty ones above. */
static void chunks_release(const struct range_books *books, struct range_chunk *chunk) {
    while (chunk != nullptr) {
        struct range_chunk *next = chunk->below != nullptr ? chunk->below : chunk->spare;
        books->release(books->data, chunk, sizeof(*chunk));
        chunk = next;
    }
}

/* Only the chunk at the head has both. */
void ranges_fini(struct ranges *ranges) {
    for (unsigned step = 0; step < RANGE_STEPS; step++) {
        struct range_chunk *head = ranges->steps[step].chunks;
        if (head != nullptr) {
            chunks_release(&ranges->books, head->spare);
            head->spare = nullptr;
            chunks_release(&ranges->books, head);
        }
    }
}

size_t ranges_round(size_t size) {
    if (size > (size_t)1 << 47) {
        return 0;
    }
    size_t rounded;
    return step_of(size, &rounded) < RANGE_STEPS ? rounded : 0;
}

static bool chunk_add(struct ranges *ranges, unsigned step) {
    struct range_chunk *chunk = ranges->books.allocate(ranges->books.data, sizeof(*chunk));
    if (chunk == nullptr) {
        return false;
    }
    struct range_chunk *head = ranges->steps[step].chunks;
    *chunk = (struct range_chunk){0};
    if (head == nullptr) {
        ranges->steps[step].chunks = chunk;
    } else {
        chunk->spare = head->spare;
        head->spare = chunk;
    }
    ranges->steps[step].capacity += CHUNK_PLACES;
    return true;
}

static void push(struct ranges *ranges, unsigned step, uintptr_t start) {
    struct range_chunk *head = ranges->steps[step].chunks;
    if (head->count == CHUNK_PLACES) {
        struct range_chunk *next = head->spare;
        ensure(next != nullptr); /* else more was given than taken */
        head->spare = nullptr;
        next->below = head;
        head = ranges->steps[step].chunks = next;
    }
    head->places[head->count++] = start;
    ranges->steps[step].available++;
}

static uintptr_t pop(struct ranges *ranges, unsigned step) {
    struct range_chunk *head = ranges->steps[step].chunks;
    if (head->count == 0) {
        struct range_chunk *below = head->below;
        below->spare = head;
        head->below = nullptr;
        head = ranges->steps[step].chunks = below;
    }
    ranges->steps[step].available--;
    return head->places[--head->count];
}

static status_t make(struct ranges *ranges, unsigned step, size_t size, uintptr_t *out) {
    if (ranges->end - ranges->next < size) {
        return ERR_NO_MEMORY;
    }
    if (ranges->steps[step].made == ranges->steps[step].capacity && !chunk_add(ranges, step)) {
        return ERR_NO_MEMORY;
    }
    ranges->steps[step].made++;
    *out = ranges->next;
    ranges->next += size;
    return OK;
}

status_t ranges_take(struct ranges *ranges, size_t size, uintptr_t *out) {
    size_t rounded = ranges_round(size);
    if (rounded == 0) {
        return ERR_NO_MEMORY;
    }
    unsigned step = step_of(size, &rounded);
    if (ranges->steps[step].available == 0) {
        return make(ranges, step, rounded, out);
    }
    *out = pop(ranges, step);
    return OK;
}

void ranges_give(struct ranges *ranges, uintptr_t start, size_t size) {
    size_t rounded;
    unsigned step = step_of(size, &rounded);
    ensure(step < RANGE_STEPS && start % GRAIN == 0 && start + rounded <= ranges->next);
    ensure(ranges->steps[step].available < ranges->steps[step].made);
    push(ranges, step, start);
}
