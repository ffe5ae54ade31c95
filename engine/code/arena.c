/* SPDX-License-Identifier: MIT */
/*
 * The code arena: pages handed out to modules in blocks of 2^n pages, and back.
 *
 * A buddy allocator behind a frontier: what was never handed out lies above the frontier, and the
 * books of a page are made when the frontier passes it, so that a large arena costs nothing before
 * it is used. They are made in groups, one after another; groups_open says how many there are, and
 * nobody looks behind that. A block that comes back is joined with its other half as long as that
 * is free too. A page belongs to one module (or to the engine's stubs) at a time, so when a module
 * goes away its pages are whole.
 *
 * Everything that changes books is called with arena->lock held, and nothing waits meanwhile.
 */
#include <base/checked.h>
#include <engine/private.h>

constexpr uint32_t GROUP = 64; /* pages whose books are made at once */

status_t code_arena_init(struct code_arena *arena, size_t size) {
    *arena = (struct code_arena){.size = size, .page_count = (uint32_t)(size / CODE_PAGE)};
    if (size < CODE_PAGE || size / CODE_PAGE > UINT32_MAX / 2) {
        return ERR_INVALID;
    }
    arena->group_count = arena->page_count / GROUP + 1;
    arena->groups = port_allocate(arena->group_count * sizeof *arena->groups);
    if (arena->groups == nullptr) {
        return ERR_NO_MEMORY;
    }
    void *base;
    status_t status = port_code_reserve(size, &base);
    if (status != OK) {
        port_release(arena->groups, arena->group_count * sizeof *arena->groups);
        return status;
    }
    arena->base = base;
    return OK;
}

void code_arena_fini(struct code_arena *arena) {
    for (uint32_t i = 0; i < atomic_load(&arena->groups_open); i++) {
        port_release(arena->groups[i], GROUP * sizeof *arena->groups[i]);
    }
    port_release(arena->groups, arena->group_count * sizeof *arena->groups);
}

struct code_page *code_page_at(const struct code_arena *arena, uint32_t page) {
    uint32_t open = atomic_load_explicit(&arena->groups_open, memory_order_acquire);
    return page / GROUP < open ? &arena->groups[page / GROUP][page % GROUP] : nullptr;
}

/* So that the pages before `to` have books. */
static bool open_groups(struct code_arena *arena, uint32_t to) {
    for (uint32_t i = atomic_load(&arena->groups_open); i <= (to - 1) / GROUP; i++) {
        struct code_page *group = port_allocate(GROUP * sizeof *group);
        if (group == nullptr) {
            return false;
        }
        memset(group, 0, GROUP * sizeof *group);
        for (uint32_t j = 0; j < GROUP; j++) {
            group[j].number = i * GROUP + j;
        }
        arena->groups[i] = group;
        atomic_store_explicit(&arena->groups_open, i + 1, memory_order_release);
    }
    return true;
}

static void list_add(struct code_arena *arena, struct code_page *page, uint8_t order) {
    page->order = order;
    page->free = true;
    page->previous = nullptr;
    page->next = arena->free[order];
    if (page->next != nullptr) {
        page->next->previous = page;
    }
    arena->free[order] = page;
}

static void list_remove(struct code_arena *arena, struct code_page *page) {
    page->free = false;
    if (page->previous != nullptr) {
        page->previous->next = page->next;
    } else {
        arena->free[page->order] = page->next;
    }
    if (page->next != nullptr) {
        page->next->previous = page->previous;
    }
}

static void block_free(struct code_arena *arena, struct code_page *page) {
    uint32_t number = page->number;
    uint8_t order = page->order;
    for (; order + 1 < CODE_ORDERS; order++) {
        uint32_t other = number ^ UINT32_C(1) << order;
        struct code_page *buddy = other < arena->frontier ? code_page_at(arena, other) : nullptr;
        if (buddy == nullptr || !buddy->free || buddy->order != order) {
            break;
        }
        list_remove(arena, buddy);
        number &= ~(UINT32_C(1) << order);
    }
    list_add(arena, code_page_at(arena, number), order);
}

static struct code_page *block_split(struct code_arena *arena, uint8_t from, uint8_t order) {
    struct code_page *page = arena->free[from];
    list_remove(arena, page);
    while (from > order) {
        from--;
        list_add(arena, code_page_at(arena, page->number + (UINT32_C(1) << from)), from);
    }
    page->order = order;
    return page;
}

/* Moves the frontier to a multiple of the block's size, and past the block. */
static struct code_page *block_fresh(struct code_arena *arena, uint8_t order) {
    uint64_t pages = UINT64_C(1) << order, start = align_up(arena->frontier, pages);
    if (start + pages > arena->page_count || !open_groups(arena, (uint32_t)(start + pages))) {
        return nullptr;
    }
    while (arena->frontier < start) {
        struct code_page *skipped = code_page_at(arena, arena->frontier);
        skipped->order = (uint8_t)__builtin_ctz(arena->frontier);
        arena->frontier += UINT32_C(1) << skipped->order;
        block_free(arena, skipped);
    }
    struct code_page *page = code_page_at(arena, arena->frontier);
    arena->frontier += (uint32_t)pages;
    page->order = order;
    return page;
}

static struct code_page *block_take(struct code_arena *arena, uint8_t order) {
    for (uint8_t i = order; i < CODE_ORDERS; i++) {
        if (arena->free[i] != nullptr) {
            return block_split(arena, i, order);
        }
    }
    return order < CODE_ORDERS ? block_fresh(arena, order) : nullptr;
}

/* The smallest block that holds so many bytes. */
static uint8_t order_of(size_t size) {
    uint8_t order = 0;
    while (order < CODE_ORDERS && (size_t)CODE_PAGE << order < size) {
        order++;
    }
    return order;
}

/* A new block: as large as what the room has already, up to 64 KiB, if there is one. */
static bool room_grow(struct code_arena *arena, struct code_room *room, size_t size) {
    constexpr size_t GROWTH_MAX = 64 * 1024;
    uint8_t least = order_of(size);
    size_t more = room->size < GROWTH_MAX ? room->size : GROWTH_MAX;
    uint8_t order = size < more ? order_of(more) : least;
    struct code_page *page = block_take(arena, order);
    if (page == nullptr && order != least) {
        page = block_take(arena, least);
    }
    if (page == nullptr) {
        return false;
    }
    page->next = room->blocks;
    room->blocks = page;
    room->at = arena->base + (size_t)page->number * CODE_PAGE;
    room->left = (size_t)CODE_PAGE << page->order;
    room->size += room->left;
    arena->used += room->left;
    return true;
}

uint8_t *code_room_take(struct code_arena *arena, struct code_room *room, size_t size) {
    if (size > arena->size) {
        return nullptr;
    }
    size_t whole = align_up(size == 0 ? 1 : size, CODE_UNIT);
    if (whole > room->left && !room_grow(arena, room, whole)) {
        return nullptr;
    }
    uint8_t *place = room->at;
    room->at += whole;
    room->left -= whole;
    return place;
}

/* So that nobody finds what was there. */
static void block_clear(struct code_arena *arena, const struct code_page *block) {
    for (uint32_t i = 0; i < UINT32_C(1) << block->order; i++) {
        struct code_page *page = code_page_at(arena, block->number + i);
        atomic_store(&page->first, nullptr);
        atomic_store(&page->across, nullptr);
    }
}

void code_room_release(struct code_arena *arena, struct code_room *room) {
    for (struct code_page *block = room->blocks; block != nullptr; block = block->next) {
        block_clear(arena, block);
        port_code_release(arena->base + (size_t)block->number * CODE_PAGE,
                          (size_t)CODE_PAGE << block->order);
    }
    spin_take(&arena->lock);
    while (room->blocks != nullptr) {
        struct code_page *block = room->blocks;
        room->blocks = block->next;
        block_free(arena, block);
    }
    arena->used -= room->size;
    spin_give(&arena->lock);
    *room = (struct code_room){};
}
