/* SPDX-License-Identifier: MIT */
/*
 * An intrusive, insert-only set by hash: each level looks at two more bits. Nodes never move; any
 * number of cores may find and insert at once without a lock. Depth is bounded by the bits that
 * hashes share, so with hash_bytes() finding takes constant time in practice.
 */
#pragma once
#include <stdint.h>

struct trie_node {
    struct trie_node *children[4];
    uint64_t hash;
};

/* Is this node (of equal hash) the one for the key? */
typedef bool trie_equal(const struct trie_node *node, const void *key);

/* NULL when there is none. *root is NULL for the empty set. */
struct trie_node *trie_find(struct trie_node *const *root, uint64_t hash, trie_equal *equal,
                            const void *key);
/* Inserts the node, whose hash is set, unless there is an equal one, and returns the one that is in
 * the set then. */
struct trie_node *trie_insert(struct trie_node **root, struct trie_node *node, trie_equal *equal,
                              const void *key);
