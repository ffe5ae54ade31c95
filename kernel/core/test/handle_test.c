/* SPDX-License-Identifier: MIT */
/* Handle tables: stale and forged numbers, limits, reuse, want of memory. */
#include "pretend.h"
#include <stdlib.h>

static struct object some_object(uint64_t number) {
    return (struct object){.kind = OBJECT_CALL, .sequence = number};
}

static handle_t install(struct handle_table *table, uint64_t number) {
    return handle_reserve(table, 1) == OK ? handle_install(table, some_object(number))
                                          : HANDLE_NONE;
}

static void test_stale(void) {
    struct handle_table table;
    CHECK(handle_table_init(&table, 16) == OK);
    handle_t first = install(&table, 1);
    CHECK(first != HANDLE_NONE && handle_find(&table, first)->sequence == 1);
    struct object out;
    CHECK(handle_take(&table, first, &out) && out.sequence == 1);
    CHECK(handle_find(&table, first) == nullptr && !handle_take(&table, first, &out));
    /* Long after, the same entry holds something else under another number. */
    for (unsigned i = 0; i < 10 * HANDLE_CHUNK; i++) {
        handle_t other = install(&table, i);
        CHECK(other != first && handle_find(&table, first) == nullptr);
        CHECK(handle_take(&table, other, &out) && out.sequence == i);
    }
    handle_table_fini(&table);
}

static void test_forged(void) {
    struct handle_table table;
    CHECK(handle_table_init(&table, 100) == OK);
    CHECK(handle_find(&table, HANDLE_NONE) == nullptr); /* no chunk yet */
    handle_t real = install(&table, 7);
    srand(1);
    for (unsigned i = 0; i < 100'000; i++) {
        handle_t forged = (handle_t)rand() << 16 ^ (handle_t)rand();
        CHECK(forged == real || handle_find(&table, forged) == nullptr);
    }
    for (uint32_t bit = 0; bit < 32; bit++) {
        CHECK(handle_find(&table, real ^ 1u << bit) == nullptr);
    }
    struct object out;
    CHECK(handle_take(&table, real, &out));
    handle_table_fini(&table);
}

static void test_limit(void) {
    struct handle_table table;
    CHECK(handle_table_init(&table, 70) == OK);
    handle_t handles[70];
    for (unsigned i = 0; i < 70; i++) {
        handles[i] = install(&table, i);
        CHECK(handles[i] != HANDLE_NONE);
    }
    CHECK(handle_reserve(&table, 1) == ERR_FULL);
    struct object out;
    CHECK(handle_take(&table, handles[3], &out));
    CHECK(handle_reserve(&table, 2) == ERR_FULL && handle_reserve(&table, 1) == OK);
    CHECK(handle_reserve(&table, 1) == ERR_FULL);
    handle_unreserve(&table, 1);
    uint32_t cursor = 0, count = 0;
    uint32_t budget = UINT32_MAX;
    while (handle_sweep(&table, &cursor, &budget, nullptr, &out)) {
        count++;
    }
    CHECK(count == 69);
    handle_table_fini(&table);
    CHECK(handle_table_init(&table, (1u << HANDLE_INDEX_BITS) + 1) == ERR_INVALID);
    CHECK(handle_table_init(&table, 0) == OK && handle_reserve(&table, 1) == ERR_FULL);
    handle_table_fini(&table);
}

static void test_memory(void) {
    struct handle_table table;
    pretend_fail_after = 0;
    CHECK(handle_table_init(&table, 8) == ERR_NO_MEMORY);
    pretend_fail_after = 1;
    CHECK(handle_table_init(&table, 8) == OK && handle_reserve(&table, 1) == ERR_NO_MEMORY);
    pretend_fail_after = -1;
    CHECK(handle_reserve(&table, 1) == OK);
    handle_unreserve(&table, 1);
    handle_table_fini(&table);
    CHECK(pretend_allocated() == 0);
}

int main(void) {
    test_stale();
    test_forged();
    test_limit();
    test_memory();
    return check_finish("handle");
}
