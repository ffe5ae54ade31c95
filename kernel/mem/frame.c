/* SPDX-License-Identifier: MIT */
/*
 * The buddy allocator of frames. One state byte per frame says what the block that starts there is;
 * bytes inside a block are TAIL. What always holds: two free buddies are merged at once; available
 * counts the frames in all lists; promised <= available.
 *
 *   state   0  not RAM that we manage     1  inside a block
 *           01oo oooo  free block of order o      1www oooo  allocated by owner w, of order o
 *
 * Lock order: innermost; nothing is called from here.
 */
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/frame.h>

constexpr uint8_t STATE_NONE = 0;
constexpr uint8_t STATE_TAIL = 1;
constexpr uint8_t STATE_FREE = 0x40;
constexpr uint8_t STATE_USED = 0x80;

uintptr_t memory_direct;

static uint8_t state_used(enum frame_owner owner, unsigned order) {
    return (uint8_t)(STATE_USED | owner << 4 | order);
}

static size_t block_bytes(unsigned order) {
    return PAGE_SIZE << order;
}

#ifdef COPPER_DEBUG
constexpr uint8_t POISON = 0xDB;

static void poison_fill(physical_t block, unsigned order) {
    memset((uint8_t *)memory_at(block) + sizeof(struct list_node), POISON,
           block_bytes(order) - sizeof(struct list_node));
}

/* Nobody wrote to the block while it was free: each part still has its poison, but for the places
 * where list nodes were before merging. */
static void poison_check(physical_t block, unsigned order) {
    for (size_t page = 0; page < (size_t)1 << order; page++) {
        const uint8_t *bytes = memory_at(block + page * PAGE_SIZE);
        for (size_t i = sizeof(struct list_node); i < PAGE_SIZE; i += 61) {
            ensure(bytes[i] == POISON);
        }
    }
}
#else
static void poison_fill(physical_t block, unsigned order) {
}
static void poison_check(physical_t block, unsigned order) {
}
#endif

static void list_insert(struct frames *frames, size_t index, unsigned order) {
    frames->states[index] = (uint8_t)(STATE_FREE | order);
    list_append(&frames->lists[order], memory_at(index * PAGE_SIZE));
}

static void list_extract(struct frames *frames, size_t index) {
    list_remove(memory_at(index * PAGE_SIZE));
    frames->states[index] = STATE_TAIL;
}

void frames_init(struct frames *frames, uint8_t *states, size_t count) {
    *frames = (struct frames){.states = states, .count = count};
    memset(states, STATE_NONE, count);
    for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++) {
        list_init(&frames->lists[order]);
    }
}

/* Puts a block into its list, merged with its buddy as often as that is free. */
static void block_free(struct frames *frames, size_t index, unsigned order) {
    while (order < FRAME_ORDER_MAX) {
        size_t buddy = index ^ (size_t)1 << order;
        if (buddy >= frames->count || frames->states[buddy] != (STATE_FREE | order)) {
            break;
        }
        list_extract(frames, buddy);
        frames->states[index] = STATE_TAIL;
        index &= ~((size_t)1 << order);
        order++;
    }
    list_insert(frames, index, order);
}

void frames_add(struct frames *frames, physical_t start, physical_t end) {
    size_t index = start / PAGE_SIZE;
    size_t last = end / PAGE_SIZE;
    ensure(start % PAGE_SIZE == 0 && end % PAGE_SIZE == 0 && last <= frames->count);
    while (index < last) {
        unsigned order = index == 0 ? FRAME_ORDER_MAX : (unsigned)__builtin_ctzl(index);
        order = order > FRAME_ORDER_MAX ? FRAME_ORDER_MAX : order;
        while (index + ((size_t)1 << order) > last) {
            order--;
        }
        size_t size = (size_t)1 << order;
        for (size_t i = 0; i < size; i++) {
            ensure(frames->states[index + i] == STATE_NONE);
            frames->states[index + i] = STATE_TAIL;
        }
        poison_fill(index * PAGE_SIZE, order);
        block_free(frames, index, order);
        frames->total += size;
        frames->available += size;
        index += size;
    }
}

/* Takes a block out of the smallest list that has one; what is not needed goes back in halves. */
static physical_t block_take(struct frames *frames, unsigned order, enum frame_owner owner) {
    unsigned from = order;
    while (list_is_empty(&frames->lists[from])) {
        if (++from > FRAME_ORDER_MAX) {
            return 0;
        }
    }
    struct list_node *node = frames->lists[from].head.next;
    size_t index = ((uintptr_t)node - memory_direct) / PAGE_SIZE;
    list_extract(frames, index);
    while (from > order) {
        from--;
        list_insert(frames, index + ((size_t)1 << from), from);
    }
    frames->states[index] = state_used(owner, order);
    frames->available -= (size_t)1 << order;
    frames->used[owner] += (size_t)1 << order;
    poison_check(index * PAGE_SIZE, order);
    return index * PAGE_SIZE;
}

status_t frames_allocate(struct frames *frames, unsigned order, enum frame_owner owner,
                         physical_t *out) {
    if (order > FRAME_ORDER_MAX || frames->available - frames->promised < (size_t)1 << order) {
        return ERR_NO_MEMORY;
    }
    *out = block_take(frames, order, owner);
    return *out != 0 ? OK : ERR_NO_MEMORY;
}

void frames_release(struct frames *frames, physical_t block, unsigned order) {
    size_t index = block / PAGE_SIZE;
    ensure(block % block_bytes(order) == 0 && index < frames->count);
    uint8_t state = frames->states[index];
    ensure((state & 0x8F) == (STATE_USED | order)); /* else: freed twice, or never allocated so */
    frames->used[state >> 4 & 7] -= (size_t)1 << order;
    frames->available += (size_t)1 << order;
    poison_fill(block, order);
    block_free(frames, index, order);
}

status_t frames_promise(struct frames *frames, size_t count) {
    if (frames->available - frames->promised < count) {
        return ERR_NO_MEMORY;
    }
    frames->promised += count;
    return OK;
}

void frames_unpromise(struct frames *frames, size_t count) {
    ensure(count <= frames->promised);
    frames->promised -= count;
}

physical_t frames_take_promised(struct frames *frames, enum frame_owner owner) {
    ensure(frames->promised > 0);
    frames->promised--;
    physical_t frame = block_take(frames, 0, owner);
    ensure(frame != 0);
    return frame;
}
