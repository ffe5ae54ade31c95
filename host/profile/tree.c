/* SPDX-License-Identifier: MIT */
/*
 * The tree of calls: nodes by number, found by parent and name through a table with open
 * addressing. Both have their whole size from the beginning, as address space; frames come with
 * use. Searches are bounded: who finds no room within PROBES is not counted in the tree.
 */
#include "unit.h"
#include <sys/mman.h>

constexpr uint32_t NODES = UINT32_C(1) << 20;
constexpr uint32_t PLACES = 4 * NODES;
constexpr uint32_t PROBES = 64;

static struct node *nodes;
static uint32_t *places; /* numbers of nodes; 0: free, since the root is nobody's child */
static uint32_t used;

static void *space(size_t size) {
    void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

bool tree_create(void) {
    nodes = space(NODES * sizeof *nodes);
    places = space(PLACES * sizeof *places);
    if (nodes == nullptr || places == nullptr) {
        return false;
    }
    nodes[0] = (struct node){0, NAME_ALL, 0};
    used = 1;
    return true;
}

static uint32_t place_of(uint32_t parent, uint32_t name) {
    uint64_t key = (uint64_t)parent << 32 | name;
    key *= UINT64_C(0x9E37'79B9'7F4A'7C15);
    return (uint32_t)((key ^ key >> 32) % PLACES);
}

uint32_t tree_child(uint32_t parent, uint32_t name) {
    uint32_t place = place_of(parent, name);
    for (uint32_t i = 0; i < PROBES; i++, place = (place + 1) % PLACES) {
        uint32_t number = places[place];
        if (number == 0 && used < NODES) {
            nodes[used] = (struct node){parent, name, 0};
            places[place] = used;
            return used++;
        }
        if (number == 0) {
            break;
        }
        if (nodes[number].parent == parent && nodes[number].name == name) {
            return number;
        }
    }
    return UINT32_MAX;
}

void tree_count(uint32_t node, uint64_t more) {
    nodes[node].count += more;
}

const struct node *tree_nodes(uint32_t *count) {
    *count = used;
    return nodes;
}
