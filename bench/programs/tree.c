/* SPDX-License-Identifier: MIT */
/* Pointers and the heap: search trees made, walked and given back. */
#include "bench.h"

struct node {
    struct node *less, *more;
    uint32_t key, count;
};

static void insert(struct node **at, uint32_t key) {
    while (*at != NULL) {
        if ((*at)->key == key) {
            (*at)->count++;
            return;
        }
        at = key < (*at)->key ? &(*at)->less : &(*at)->more;
    }
    *at = malloc(sizeof **at);
    **at = (struct node){NULL, NULL, key, 1};
}

static uint64_t take_down(struct node *node) {
    if (node == NULL) {
        return 1;
    }
    uint64_t sum = take_down(node->less) * 31 + node->key * node->count;
    sum = sum * 7 + take_down(node->more);
    free(node);
    return sum;
}

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    uint32_t seed = 13;
    for (uint32_t round = 0; round < rounds; round++) {
        struct node *root = NULL;
        for (uint32_t i = 0; i < 5000; i++) {
            insert(&root, next_random(&seed) % 20000);
        }
        sum += take_down(root);
    }
    return sum;
}
