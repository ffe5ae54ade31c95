/* SPDX-License-Identifier: MIT */
/* Audits of page tables that keep W^X, and of such as break it in every way. */
#include "../page_table.h"
#include "arena.h"
#include <kernel/audit.h>

constexpr uintptr_t CODE = 0x4000'0000'0000, DATA = 0xFFFF'8000'0000'0000;

static struct frames frames;
static struct heap heap;
static struct page_table table;

static status_t table_frame(void *data, physical_t *out) {
    return frames_allocate(&frames, 0, FRAME_OWNER_TABLE, out);
}

static void table_release(void *data, physical_t frame) {
    frames_release(&frames, frame, 0);
}

static void *no_block(size_t size) {
    return nullptr;
}

static void no_unmap(void *block, size_t size) {
}

static bool no_settle(void) {
    return false;
}

static void start(void) {
    arena_create(&frames, 2048);
    const struct heap_source none = {no_block, no_unmap, no_settle};
    heap_init(&heap, &frames, UINTPTR_MAX, &none);
    const struct page_table_source source = {table_frame, table_release, nullptr};
    CHECK(page_table_init(&table, &source) == OK);
}

static void map(uintptr_t address, physical_t physical, size_t size, uint32_t rights) {
    CHECK(page_table_map(&table, address, physical, size, rights) == OK);
}

static struct audit audit(void) {
    struct audit result;
    CHECK(audit_walk(table.root, &heap, &result) == OK);
    CHECK(heap.used == 0);
    return result;
}

static void test_good(void) {
    start();
    struct audit empty = audit();
    CHECK(empty.good && empty.executable == 0 && empty.writable == 0);
    map(CODE, 5 * LARGE_PAGE_SIZE, 2 * LARGE_PAGE_SIZE + 3 * PAGE_SIZE, MMU_EXECUTE);
    map(DATA, 0, 5 * LARGE_PAGE_SIZE, MMU_WRITE);
    map(DATA + 5 * LARGE_PAGE_SIZE, 5 * LARGE_PAGE_SIZE, LARGE_PAGE_SIZE, MMU_READ);
    map(DATA + 9 * LARGE_PAGE_SIZE, UINT64_C(1) << 40, PAGE_SIZE, MMU_WRITE | MMU_DEVICE);
    struct audit result = audit();
    CHECK(result.good && result.executable == 2 * 512 + 3 && result.writable == 5 * 512 + 1);
    arena_destroy(&frames);
}

/* A frame of a large executable page is writable as a small page, and the other way round. */
static void test_alias(void) {
    start();
    map(CODE, 2 * LARGE_PAGE_SIZE, LARGE_PAGE_SIZE, MMU_EXECUTE);
    map(DATA, 3 * LARGE_PAGE_SIZE - PAGE_SIZE, 2 * PAGE_SIZE, MMU_WRITE);
    struct audit result = audit();
    CHECK(!result.good && result.offender == DATA);
    arena_destroy(&frames);
    start();
    map(CODE, 2 * LARGE_PAGE_SIZE + 7 * PAGE_SIZE, PAGE_SIZE, MMU_EXECUTE);
    map(DATA, 2 * LARGE_PAGE_SIZE, LARGE_PAGE_SIZE, MMU_WRITE);
    result = audit();
    CHECK(!result.good && result.offender == DATA + 7 * PAGE_SIZE);
    arena_destroy(&frames);
}

/* The table code refuses to make a page of both rights: so an entry is spoilt by hand. */
static void test_both(void) {
    start();
    map(CODE, PAGE_SIZE, 4 * PAGE_SIZE, MMU_EXECUTE);
    CHECK_ENSURE((void)page_table_map(&table, DATA, PAGE_SIZE, PAGE_SIZE, MMU_WRITE | MMU_EXECUTE));
    unsigned level;
    mmu_entry_t *entry = page_table_find(&table, CODE + 2 * PAGE_SIZE, &level);
    *entry |= mmu_entry_page(0, 0, MMU_WRITE);
    struct audit result = audit();
    CHECK(!result.good && result.offender == CODE + 2 * PAGE_SIZE);
    arena_destroy(&frames);
}

static void test_no_memory(void) {
    start();
    physical_t frame;
    while (frames_allocate(&frames, 0, FRAME_OWNER_HEAP, &frame) == OK) {
    }
    struct audit result;
    CHECK(audit_walk(table.root, &heap, &result) == ERR_NO_MEMORY);
    arena_destroy(&frames);
}

int main(void) {
    test_good();
    test_alias();
    test_both();
    test_no_memory();
    return check_finish("kernel/audit");
}
