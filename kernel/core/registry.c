/* SPDX-License-Identifier: MIT */
/*
 * All processes by their numbers, which only grow: a radix tree of as many levels as the largest
 * number needs, whose nodes exist while anything lies below them. Adding, taking out and finding
 * the next take a step per level.
 *
 *   number  ... | 6 bits | 6 bits | 6 bits        level 0 is the lowest, its children processes
 *
 * lock guards all of it. Who is found gets a reference under it, and nobody is freed before he was
 * taken out.
 */
#include "core.h"
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/port.h>

constexpr unsigned BITS = 6, FAN = 1 << BITS, LEVELS_MAX = (64 + BITS - 1) / BITS;

struct node {
    uint64_t present; /* bit per child */
    void *children[FAN];
};

static struct lock lock = LOCK_INIT(LOCK_REGISTRY);
static struct node *root;
static unsigned levels; /* below root, and it; numbers up to 1 << BITS * levels */
static uint64_t last_number;

static unsigned index_at(uint64_t number, unsigned level) {
    return number >> (BITS * level) & (FAN - 1);
}

static bool reaches(uint64_t number) {
    return levels >= LEVELS_MAX || number >> (BITS * levels) == 0;
}

static struct node *node_create(void) {
    struct node *node = port_allocate(sizeof *node);
    if (node != nullptr) {
        memset(node, 0, sizeof *node);
    }
    return node;
}

static void set(struct node *node, unsigned index, void *child) {
    node->children[index] = child;
    node->present |= UINT64_C(1) << index;
}

/* Nodes on the way to a number, from the top; NULL from where there is none. */
static void find_path(uint64_t number, struct node *path[LEVELS_MAX]) {
    struct node *node = root;
    for (unsigned level = levels; level-- > 0;) {
        path[level] = node;
        node = node != nullptr && level > 0 ? node->children[index_at(number, level)] : nullptr;
    }
}

/* Takes a number out, and the nodes that are empty then; it need not be there. */
static void take_out(uint64_t number) {
    struct node *path[LEVELS_MAX];
    find_path(number, path);
    for (unsigned level = 0; level < levels; level++) {
        struct node *node = path[level];
        unsigned index = index_at(number, level);
        if (node != nullptr) {
            node->children[index] = nullptr;
            node->present &= ~(UINT64_C(1) << index);
            if (node->present != 0) {
                return;
            }
            port_release(node, sizeof *node);
        }
    }
    root = nullptr;
    levels = 0;
}

static bool grow(uint64_t number) {
    while (!reaches(number)) {
        struct node *above = root != nullptr ? node_create() : nullptr;
        if (root != nullptr && above == nullptr) {
            return false;
        }
        if (root != nullptr) {
            set(above, 0, root);
            root = above;
        }
        levels++;
    }
    if (root == nullptr) {
        root = node_create();
    }
    return root != nullptr;
}

static bool put_in(uint64_t number, struct process *process) {
    if (!grow(number)) {
        return false;
    }
    struct node *node = root;
    for (unsigned level = levels; level-- > 1;) {
        unsigned index = index_at(number, level);
        if (node->children[index] == nullptr) {
            struct node *below = node_create();
            if (below == nullptr) {
                take_out(number);
                return false;
            }
            set(node, index, below);
        }
        node = node->children[index];
    }
    set(node, index_at(number, 0), process);
    return true;
}

/* The first below this node that is not before `number`; `exact` as long as the way leads there. */
static struct process *first_from(const struct node *node, unsigned level, uint64_t number,
                                  bool exact) {
    unsigned least = exact ? index_at(number, level) : 0;
    uint64_t left = node->present & UINT64_MAX << least;
    for (; left != 0; left &= left - 1) {
        unsigned index = (unsigned)__builtin_ctzll(left);
        void *child = node->children[index];
        struct process *found =
            level == 0 ? child : first_from(child, level - 1, number, exact && index == least);
        if (found != nullptr) {
            return found;
        }
    }
    return nullptr;
}

status_t registry_add(struct process *process) {
    lock_acquire(&lock);
    process->number = ++last_number;
    bool added = put_in(process->number, process);
    lock_release(&lock);
    return added ? OK : ERR_NO_MEMORY;
}

void registry_remove(const struct process *process) {
    lock_acquire(&lock);
    take_out(process->number);
    lock_release(&lock);
}

struct process *registry_find_from(uint64_t number) {
    struct process *found = nullptr;
    lock_acquire(&lock);
    if (root != nullptr && reaches(number)) {
        found = first_from(root, levels - 1, number, true);
    }
    if (found != nullptr) {
        process_acquire(found);
    }
    lock_release(&lock);
    return found;
}
