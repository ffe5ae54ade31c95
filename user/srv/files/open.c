/* SPDX-License-Identifier: MIT */
/* A growing table with a list of free places; place 0 is never used, place 1 is the root's. */
#include "open.h"
#include "space.h"
#include "tree.h"
#include <user/files.h>

constexpr uint32_t CAPACITY_FIRST = 32;
constexpr uint32_t CAPACITY_MAX = 1u << 16;
static_assert(FILES_ROOT == 1);

static struct open *places;
static uint32_t capacity;
static uint32_t first_free; /* 0: none */

static bool grow(void) {
    uint32_t larger = capacity > 0 ? capacity * 2 : CAPACITY_FIRST;
    struct open *table = larger <= CAPACITY_MAX ? space_allocate(larger * sizeof *table) : nullptr;
    if (table == nullptr) {
        return false;
    }
    if (capacity > 0) {
        memcpy(table, places, capacity * sizeof *table);
    }
    for (uint32_t i = larger - 1; i >= capacity && i > FILES_ROOT; i--) {
        table[i].next_free = first_free;
        first_free = i;
    }
    space_release(places, capacity * sizeof *table);
    places = table;
    capacity = larger;
    return true;
}

/* The root is there from the first look on. */
static bool make_root(void) {
    struct node *root = tree_root();
    if (root == nullptr || !grow()) {
        return false;
    }
    places[FILES_ROOT] = (struct open){
        .node = node_hold(root), .rights = FILE_RIGHT_READ | FILE_RIGHT_WRITE, .changes = true};
    return true;
}

bool open_root_set(struct node *node) {
    struct open *root = open_find(FILES_ROOT);
    if (root == nullptr) {
        return false;
    }
    node_hold(node);
    node_drop(root->node);
    root->node = node;
    return true;
}

struct open *open_find(uint64_t badge) {
    if (capacity == 0 && !make_root()) {
        return nullptr;
    }
    uint32_t place = (uint32_t)badge;
    bool stands = place < capacity && places[place].node != nullptr &&
                  places[place].uses == (uint32_t)(badge >> 32);
    return stands ? &places[place] : nullptr;
}

status_t open_create(struct node *node, uint64_t rights, bool changes, uint64_t *badge) {
    if (first_free == 0 && !grow()) {
        return capacity < CAPACITY_MAX ? ERR_NO_SPACE : ERR_FULL;
    }
    uint32_t place = first_free;
    first_free = places[place].next_free;
    places[place].node = node_hold(node);
    places[place].rights = rights;
    places[place].changes = changes;
    *badge = (uint64_t)places[place].uses << 32 | place;
    return OK;
}

void open_destroy(uint64_t badge) {
    struct open *open = open_find(badge);
    if (open == nullptr || badge == FILES_ROOT) {
        return;
    }
    node_drop(open->node);
    open->node = nullptr;
    open->uses++;
    open->next_free = first_free;
    first_free = (uint32_t)badge;
}
