/* SPDX-License-Identifier: MIT */
/* The heap of wasm programs: random allocations keep their contents, never overlap, are aligned,
 * and when all are released one block is left. */
#include "../heap.h"
#include <base/ensure.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

constexpr unsigned SLOTS = 200;
constexpr size_t PAGE = 64 * 1024;
constexpr size_t ARENA = 256 * PAGE;

static uint8_t *arena;
static size_t arena_used;
static struct heap heap;
static struct slot {
    uint8_t *memory;
    size_t size;
    uint8_t mark;
} slots[SLOTS];
static uint32_t state = 12345;

void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
    abort();
}

static uint32_t chance(uint32_t bound) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % bound;
}

/* As memory.grow would; now and then someone else's pages lie between. */
static void *allocate(size_t size) {
    void *memory = heap_allocate(&heap, size);
    if (memory == nullptr) {
        size_t need = (heap_need(size) + PAGE - 1) / PAGE * PAGE;
        arena_used += chance(3) == 0 ? PAGE : 0;
        if (need == 0 || need > ARENA - arena_used) {
            return nullptr;
        }
        heap_add(&heap, arena + arena_used, need);
        arena_used += need;
        memory = heap_allocate(&heap, size);
        CHECK(memory != nullptr);
    }
    return memory;
}

static size_t random_size(void) {
    return chance(10) == 0 ? chance(100'000) : chance(4) == 0 ? chance(5000) : chance(100);
}

static bool intact(const struct slot *slot) {
    for (size_t i = 0; i < slot->size; i++) {
        if (slot->memory[i] != slot->mark) {
            return false;
        }
    }
    return true;
}

static void step(struct slot *slot) {
    if (slot->memory != nullptr) {
        CHECK(intact(slot));
        heap_release(&heap, slot->memory);
        slot->memory = nullptr;
        return;
    }
    slot->size = random_size();
    slot->memory = allocate(slot->size);
    slot->mark = (uint8_t)chance(256);
    if (slot->memory != nullptr) {
        CHECK((uintptr_t)slot->memory % HEAP_ALIGNMENT == 0);
        memset(slot->memory, slot->mark, slot->size);
    }
}

static void test_random(void) {
    for (unsigned i = 0; i < 100'000; i++) {
        step(&slots[chance(SLOTS)]);
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        if (slots[i].memory != nullptr) {
            step(&slots[i]);
        }
    }
}

static void test_joins(void) {
    heap = (struct heap){};
    heap_add(&heap, arena, PAGE);
    heap_add(&heap, arena + PAGE, PAGE); /* goes on where the first ended */
    void *all = heap_allocate(&heap, 2 * PAGE - 32 - 16 * 1024);
    CHECK(all != nullptr); /* large requests are rounded up to an eighth of their power of two */
    heap_release(&heap, all);
    void *parts[60];
    for (unsigned i = 0; i < 60; i++) {
        parts[i] = heap_allocate(&heap, 2000);
        CHECK(parts[i] != nullptr);
    }
    for (unsigned i = 0; i < 60; i++) {
        heap_release(&heap, parts[(i * 7) % 60]);
    }
    CHECK(heap_allocate(&heap, 2 * PAGE - 32 - 16 * 1024) == all);
    CHECK(heap_allocate(&heap, PAGE) == nullptr);
    CHECK(heap_allocate(&heap, SIZE_MAX) == nullptr && heap_need(SIZE_MAX) == 0);
}

int main(void) {
    arena = aligned_alloc(HEAP_ALIGNMENT, ARENA);
    test_random();
    test_joins();
    free(arena);
    return check_finish("heap");
}
