/* SPDX-License-Identifier: MIT */
/* Hashes, tries, lists, and the freestanding mem functions. */
#include <base/checked.h>
#include <base/hash.h>
#include <base/list.h>
#include <base/trie.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

/* memory.c under names of its own, since libc has the real ones. */
#define memcpy  own_memcpy
#define memmove own_memmove
#define memset  own_memset
#define memcmp  own_memcmp
#define strlen  own_strlen
#include "../src/memory.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen

static void test_hash(void) {
    uint64_t all = 0, seen = hash_bytes("", 0);
    uint8_t bytes[64] = {};
    for (size_t size = 1; size <= sizeof bytes; size++) {
        uint64_t hash = hash_bytes(bytes, size);
        CHECK(hash != seen);
        seen = hash;
        all |= hash;
    }
    CHECK(all == UINT64_MAX);
    bytes[63] = 1;
    CHECK(hash_bytes(bytes, sizeof bytes) != seen);
    CHECK(hash_bytes("abc", 3) == hash_bytes("abcd", 3));
}

struct number {
    struct trie_node node;
    uint32_t value;
};

static bool number_equal(const struct trie_node *node, const void *key) {
    return ((const struct number *)node)->value == *(const uint32_t *)key;
}

/* With `mask` 0 all hashes collide. */
static void test_trie(uint64_t mask) {
    enum : uint32_t { COUNT = 500 };
    struct number *numbers = calloc(COUNT, sizeof *numbers), twin;
    struct trie_node *root = nullptr;
    uint32_t absent = COUNT;
    for (uint32_t i = 0; i < COUNT; i++) {
        numbers[i].value = i;
        numbers[i].node.hash = hash_bytes(&i, sizeof i) & mask;
        CHECK(trie_insert(&root, &numbers[i].node, number_equal, &i) == &numbers[i].node);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        twin = (struct number){.node.hash = numbers[i].node.hash, .value = i};
        CHECK(trie_find(&root, numbers[i].node.hash, number_equal, &i) == &numbers[i].node);
        CHECK(trie_insert(&root, &twin.node, number_equal, &i) == &numbers[i].node);
    }
    CHECK(trie_find(&root, hash_bytes(&absent, sizeof absent) & mask, number_equal, &absent) ==
          nullptr);
    free(numbers);
}

struct item {
    int value;
    struct list_node node;
};

static void test_list(void) {
    struct list list;
    struct item items[3] = {{.value = 0}, {.value = 1}, {.value = 2}};
    list_init(&list);
    CHECK(list_is_empty(&list) && list_take(&list) == nullptr);
    for (int i = 0; i < 3; i++) {
        list_append(&list, &items[i].node);
    }
    list_remove(&items[1].node);
    CHECK(items[1].node.next == nullptr);
    CHECK(list_owner(list_take(&list), struct item, node)->value == 0);
    CHECK(list_owner(list_take(&list), struct item, node)->value == 2);
    CHECK(list_is_empty(&list));
}

/* Every overlap of up to 40 bytes by up to 20, against libc. */
static void test_move(void) {
    for (size_t size = 0; size <= 40; size++) {
        for (size_t from = 0; from <= 20; from++) {
            uint8_t own[64], other[64];
            for (size_t i = 0; i < sizeof own; i++) {
                own[i] = other[i] = (uint8_t)i;
            }
            CHECK(own_memmove(own + 10, own + from, size) == own + 10);
            memmove(other + 10, other + from, size);
            CHECK(memcmp(own, other, sizeof own) == 0);
        }
    }
}

static void test_memory(void) {
    uint8_t a[40], b[40];
    for (size_t size = 0; size <= 40; size++) {
        memset(a, 0, sizeof a);
        memset(b, 0, sizeof b);
        own_memset(a, 0x1A5, size);
        memset(b, 0xA5, size);
        CHECK(memcmp(a, b, sizeof a) == 0);
        own_memcpy(b, "0123456789012345678901234567890123456789", size);
        CHECK(own_memcmp(b, "0123456789012345678901234567890123456789", size) == 0);
    }
    CHECK(own_memcmp("a\xFF", "a\x01", 2) > 0 && own_memcmp("a", "b", 1) < 0);
    for (size_t i = 0; i < 24; i++) {
        memset(a, 7, sizeof a);
        memset(b, 7, sizeof b);
        b[i] = 9;
        CHECK(own_memcmp(a, b, i) == 0 && own_memcmp(a, b, 24) < 0 && own_memcmp(b, a, 24) > 0);
    }
    CHECK(own_strlen("") == 0 && own_strlen("abc") == 3);
}

/* Wherever both places lie, alike or not: all bytes of the one, and none beside them. */
static void check_places(size_t to, size_t from, size_t size) {
    enum : size_t { ROOM = 64 };
    uint8_t a[ROOM], b[ROOM], expected[ROOM];
    for (size_t i = 0; i < ROOM; i++) {
        a[i] = expected[i] = (uint8_t)(i * 5);
        b[i] = (uint8_t)(200 - i);
    }
    memcpy(expected + to, b + from, size);
    CHECK(own_memcpy(a + to, b + from, size) == a + to);
    CHECK(memcmp(a, expected, ROOM) == 0);
    CHECK(own_memcmp(a + to, b + from, size) == 0);
    for (size_t i = 0; i < size; i++) {
        a[to + i]++;
        CHECK(own_memcmp(a + to, b + from, size) > 0 && own_memcmp(b + from, a + to, size) < 0);
        a[to + i]--;
    }
    CHECK(own_memset(a + to, 0x13C, size) == a + to);
    memset(expected + to, 0x3C, size);
    CHECK(memcmp(a, expected, ROOM) == 0);
}

static void test_places(void) {
    for (size_t to = 0; to < 9; to++) {
        for (size_t from = 0; from < 9; from++) {
            for (size_t size = 0; size <= 50; size++) {
                check_places(to, from, size);
            }
        }
    }
}

int main(void) {
    test_hash();
    test_trie(UINT64_MAX);
    test_trie(UINT64_C(0xF));
    test_trie(0);
    test_list();
    test_move();
    test_memory();
    test_places();
    return check_finish("base/set");
}
