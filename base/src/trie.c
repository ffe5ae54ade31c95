/* SPDX-License-Identifier: MIT */
/* Insertion is one compare-and-swap of an empty place; who loses looks at the winner and goes on.
 */
#include <base/trie.h>

struct trie_node *trie_find(struct trie_node *const *root, uint64_t hash, trie_equal *equal,
                            const void *key) {
    struct trie_node *node = __atomic_load_n(root, __ATOMIC_ACQUIRE);
    for (uint64_t bits = hash; node != nullptr; bits <<= 2) {
        if (node->hash == hash && equal(node, key)) {
            return node;
        }
        node = __atomic_load_n(&node->children[bits >> 62], __ATOMIC_ACQUIRE);
    }
    return nullptr;
}

struct trie_node *trie_insert(struct trie_node **root, struct trie_node *node, trie_equal *equal,
                              const void *key) {
    for (int i = 0; i < 4; i++) {
        node->children[i] = nullptr;
    }
    struct trie_node **place = root;
    for (uint64_t bits = node->hash;; bits <<= 2) {
        struct trie_node *there = nullptr;
        if (__atomic_compare_exchange_n(place, &there, node, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
            return node;
        }
        if (there->hash == node->hash && equal(there, key)) {
            return there;
        }
        place = &there->children[bits >> 62];
    }
}
