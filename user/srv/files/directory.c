/* SPDX-License-Identifier: MIT */
/*
 * Entries of directories. A removed entry stays in its place, and in the index, until the entries
 * are laid out anew: when they are full, into twice the room, or into the same if half of them are
 * removed. So each change costs constant time on average.
 */
#include "node.h"
#include "space.h"
#include <base/ensure.h>
#include <base/hash.h>

constexpr uint32_t CAPACITY_FIRST = 8;
constexpr uint32_t CAPACITY_MAX = 1u << 26;
constexpr uint32_t NOT_THERE = UINT32_MAX;

static uint32_t hash_of(struct text name) {
    return (uint32_t)hash_bytes(name.bytes, name.size);
}

/* The position of the name among the entries, or NOT_THERE. */
static uint32_t find(const struct directory *directory, struct text name) {
    if (directory->live == 0) {
        return NOT_THERE;
    }
    uint32_t hash = hash_of(name);
    uint32_t mask = directory->capacity * 2 - 1;
    for (uint32_t slot = hash & mask; directory->index[slot] != 0; slot = (slot + 1) & mask) {
        uint32_t position = directory->index[slot] - 1;
        const struct entry *entry = &directory->entries[position];
        if (entry->node != nullptr && entry->hash == hash &&
            text_equal((struct text){entry->name, entry->name_size}, name)) {
            return position;
        }
    }
    return NOT_THERE;
}

static void index_add(struct directory *directory, uint32_t position) {
    uint32_t mask = directory->capacity * 2 - 1;
    uint32_t slot = directory->entries[position].hash & mask;
    while (directory->index[slot] != 0) {
        slot = (slot + 1) & mask;
    }
    directory->index[slot] = position + 1;
}

/* Lays the entries out anew, without those removed, in room for `capacity` of them. */
static bool lay_out(struct directory *directory, uint32_t capacity) {
    struct entry *entries = space_allocate(capacity * sizeof *entries);
    uint32_t *index = space_allocate(capacity * 2 * sizeof *index);
    if (entries == nullptr || index == nullptr) {
        space_release(entries, capacity * sizeof *entries);
        space_release(index, capacity * 2 * sizeof *index);
        return false;
    }
    uint32_t used = 0;
    for (uint32_t i = 0; i < directory->used; i++) {
        if (directory->entries[i].node != nullptr) {
            entries[used++] = directory->entries[i];
        }
    }
    space_release(directory->entries, directory->capacity * sizeof *entries);
    space_release(directory->index, directory->capacity * 2 * sizeof *index);
    directory->entries = entries;
    directory->index = index;
    directory->used = used;
    directory->capacity = capacity;
    for (uint32_t i = 0; i < used; i++) {
        index_add(directory, i);
    }
    return true;
}

static bool make_room(struct directory *directory) {
    if (directory->used < directory->capacity) {
        return true;
    }
    if (directory->capacity == 0) {
        return lay_out(directory, CAPACITY_FIRST);
    }
    if (directory->live <= directory->capacity / 2) {
        return lay_out(directory, directory->capacity);
    }
    return directory->capacity < CAPACITY_MAX && lay_out(directory, directory->capacity * 2);
}

static void name_node(struct node *directory, struct node *node) {
    node->links++;
    if (node->kind == FILE_KIND_DIRECTORY) {
        node->directory.parent = directory;
        directory->directory.subdirectories++;
    }
}

/* The name is gone, and with it the node unless something else keeps it. */
static void forget_node(struct node *directory, struct node *node) {
    ensure(node->links > 0);
    node->links--;
    if (node->kind == FILE_KIND_DIRECTORY) {
        if (node->links == 0) {
            node->directory.parent = nullptr;
        }
        directory->directory.subdirectories--;
    }
    node_drop(node_hold(node));
}

struct node *directory_find(const struct node *node, struct text name) {
    uint32_t position = find(&node->directory, name);
    return position != NOT_THERE ? node->directory.entries[position].node : nullptr;
}

status_t directory_add(struct node *directory, struct text name, struct node *node) {
    struct directory *entries = &directory->directory;
    char *copy = space_allocate(name.size);
    if (copy == nullptr || !make_room(entries)) {
        space_release(copy, name.size);
        return ERR_NO_SPACE;
    }
    memcpy(copy, name.bytes, name.size);
    uint32_t position = entries->used++;
    entries->entries[position] = (struct entry){.node = node,
                                                .name = copy,
                                                .name_size = (uint32_t)name.size,
                                                .hash = hash_of(name),
                                                .number = entries->next_number++};
    entries->live++;
    index_add(entries, position);
    name_node(directory, node);
    return OK;
}

void directory_remove(struct node *directory, struct text name) {
    uint32_t position = find(&directory->directory, name);
    ensure(position != NOT_THERE);
    struct entry *entry = &directory->directory.entries[position];
    struct node *node = entry->node;
    space_release(entry->name, entry->name_size);
    entry->node = nullptr;
    entry->name = nullptr;
    directory->directory.live--;
    forget_node(directory, node);
}

void directory_replace(struct node *directory, struct text name, struct node *node) {
    uint32_t position = find(&directory->directory, name);
    ensure(position != NOT_THERE);
    struct node *old = directory->directory.entries[position].node;
    directory->directory.entries[position].node = node;
    name_node(directory, node);
    forget_node(directory, old);
}

const struct entry *directory_next(const struct node *node, uint64_t number) {
    const struct directory *directory = &node->directory;
    uint32_t low = 0, high = directory->used;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (directory->entries[middle].number > number) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    while (low < directory->used && directory->entries[low].node == nullptr) {
        low++;
    }
    return low < directory->used ? &directory->entries[low] : nullptr;
}

bool directory_is_below(const struct node *directory, const struct node *node) {
    const struct node *at = directory;
    while (at != node && at->directory.parent != nullptr && at->directory.parent != at) {
        at = at->directory.parent;
    }
    return at == node;
}
