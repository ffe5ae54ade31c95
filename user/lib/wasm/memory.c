/* SPDX-License-Identifier: MIT */
/* <user/memory.h> of wasm programs: a heap over memory.grow, from the end of the program's data on.
 */
#include "../heap.h"
#include <user/memory.h>

constexpr size_t PAGE = 64 * 1024;

extern uint8_t __heap_base; /* by the linker */
static struct heap heap;

static void start(void) {
    uint8_t *first = (uint8_t *)(((uintptr_t)&__heap_base + HEAP_ALIGNMENT - 1) &
                                 ~(uintptr_t)(HEAP_ALIGNMENT - 1));
    size_t end = __builtin_wasm_memory_size(0) * PAGE;
    if (end - (uintptr_t)first >= HEAP_REGION_MIN) {
        heap_add(&heap, first, end - (uintptr_t)first);
    }
}

static bool grow(size_t size) {
    size_t need = heap_need(size);
    size_t pages = (need + PAGE - 1) / PAGE;
    size_t old = need != 0 ? __builtin_wasm_memory_grow(0, pages) : SIZE_MAX;
    if (old == SIZE_MAX) {
        return false;
    }
    heap_add(&heap, (void *)(old * PAGE), pages * PAGE);
    return true;
}

void *memory_allocate(size_t size) {
    if (heap.region_end == nullptr) {
        start();
    }
    void *memory = heap_allocate(&heap, size);
    if (memory == nullptr && grow(size)) {
        memory = heap_allocate(&heap, size);
    }
    return memory;
}

void memory_release(void *memory, size_t size) {
    if (memory != nullptr) {
        heap_release(&heap, memory);
    }
}
