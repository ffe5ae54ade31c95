/* SPDX-License-Identifier: MIT */
/* Files with several names: a set by the archive's number of the file, and a list to forget by. */
#include "shared.h"
#include "space.h"
#include <base/hash.h>
#include <base/trie.h>

struct shared {
    struct trie_node in_set;
    struct shared *next;
    uint64_t file;
    struct node *node;
};

static struct trie_node *set;
static struct shared *list;

static struct shared *shared_of(const struct trie_node *node) {
    return (struct shared *)node; /* its first member */
}

static bool is_file(const struct trie_node *node, const void *key) {
    return shared_of(node)->file == *(const uint64_t *)key;
}

struct node *shared_find(uint64_t file) {
    const struct trie_node *found = trie_find(&set, hash_bytes(&file, sizeof file), is_file, &file);
    return found != nullptr ? shared_of(found)->node : nullptr;
}

status_t shared_add(uint64_t file, struct node *node) {
    struct shared *shared = space_allocate(sizeof *shared);
    if (shared == nullptr) {
        return ERR_NO_SPACE;
    }
    *shared = (struct shared){.next = list, .file = file, .node = node_hold(node)};
    shared->in_set.hash = hash_bytes(&file, sizeof file);
    list = shared;
    (void)trie_insert(&set, &shared->in_set, is_file, &file);
    return OK;
}

void shared_fini(void) {
    while (list != nullptr) {
        struct shared *first = list;
        list = first->next;
        node_drop(first->node);
        space_release(first, sizeof *first);
    }
    set = nullptr;
}
