/* SPDX-License-Identifier: MIT */
/*
 * The buddy allocator of frames. One state byte per frame says what the block that starts there is;
 * bytes inside a block are TAIL. Free blocks are in a set per order (bitset.h), so that nothing is
 * kept in memory that is free, and the lowest and the highest block are found alike. What always
 * holds: two free buddies are merged at once; available counts the frames in all sets; promised <=
 * available.
 *
 *   state   0  not RAM that we manage     1  inside a block
 *           01oo oooo  free block of order o      1www oooo  allocated by owner w, of order o
 *
 * Lock order: innermost; nothing is called from here but checks.
 */
#include "bitset.h"
#include "check.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/frame.h>
#include <kernel/panic.h>

constexpr uint8_t STATE_NONE = 0;
constexpr uint8_t STATE_TAIL = 1;
constexpr uint8_t STATE_FREE = 0x40;
constexpr uint8_t STATE_USED = 0x80;
constexpr uint8_t STATE_ORDER = 0x0F;
constexpr unsigned ORDERS = FRAME_ORDER_MAX + 1;

uintptr_t memory_direct;

static size_t frames_of(unsigned order) {
    return (size_t)1 << order;
}

static size_t block_bytes(unsigned order) {
    return PAGE_SIZE << order;
}

/* ---- bookkeeping ---- */

static size_t blocks_below(size_t count, unsigned order) {
    return (count >> order) + 1;
}

size_t frames_books_size(size_t count) {
    size_t words = 0;
    for (unsigned order = 0; order < ORDERS; order++) {
        words += bitset_words(blocks_below(count, order));
    }
    return words * sizeof(uint64_t) + ORDERS * sizeof(struct bitset) +
           align_up(count * sizeof(uint32_t), sizeof(uint64_t)) + count;
}

/* Sets, their words, links, states: in the order of their alignment. */
void frames_init(struct frames *frames, void *books, size_t count) {
    ensure(count <= UINT32_MAX);
    struct bitset *sets = books;
    uint64_t *words = (uint64_t *)(sets + ORDERS);
    for (unsigned order = 0; order < ORDERS; order++) {
        size_t bound = blocks_below(count, order);
        bitset_init(&sets[order], words, bound);
        words += bitset_words(bound);
    }
    uint32_t *links = (uint32_t *)words;
    uint8_t *states = (uint8_t *)words + align_up(count * sizeof(*links), sizeof(*words));
    *frames = (struct frames){.lock = LOCK_INIT(LOCK_FRAMES),
                              .states = states,
                              .links = links,
                              .free = sets,
                              .count = count};
    memset(states, STATE_NONE, count);
}

/* The order of the largest aligned block at `index` that ends at or before `last`. */
static unsigned order_at(size_t index, size_t last) {
    unsigned order = index == 0 ? FRAME_ORDER_MAX : (unsigned)__builtin_ctzl(index);
    order = order > FRAME_ORDER_MAX ? FRAME_ORDER_MAX : order;
    while (index + frames_of(order) > last) {
        order--;
    }
    return order;
}

static void block_insert(struct frames *frames, size_t index, unsigned order) {
    frames->states[index] = (uint8_t)(STATE_FREE | order);
    bitset_add(&frames->free[order], index >> order);
}

static void block_extract(struct frames *frames, size_t index, unsigned order) {
    frames->states[index] = STATE_TAIL;
    bitset_remove(&frames->free[order], index >> order);
}

/* Puts a block into its set, merged with its buddy as often as that is free. */
static void block_free(struct frames *frames, size_t index, unsigned order) {
    while (order < FRAME_ORDER_MAX) {
        size_t buddy = index ^ frames_of(order);
        if (buddy >= frames->count || frames->states[buddy] != (STATE_FREE | order)) {
            break;
        }
        block_extract(frames, buddy, order);
        frames->states[index] = STATE_TAIL;
        index &= ~frames_of(order);
        order++;
    }
    block_insert(frames, index, order);
}

static void span_free(struct frames *frames, size_t index, size_t last) {
    while (index < last) {
        unsigned order = order_at(index, last);
        block_free(frames, index, order);
        index += frames_of(order);
    }
}

void frames_add(struct frames *frames, physical_t start, physical_t end) {
    size_t index = start / PAGE_SIZE;
    size_t last = end / PAGE_SIZE;
    ensure(start % PAGE_SIZE == 0 && end % PAGE_SIZE == 0 && start > 0 && last <= frames->count);
    for (size_t i = index; i < last; i++) {
        ensure(frames->states[i] == STATE_NONE);
        frames->states[i] = STATE_TAIL;
        frames->links[i] = FRAME_OWNER_COUNT;
    }
    check_frames_freed(start, last - index);
    span_free(frames, index, last);
    frames->total += last - index;
    frames->available += last - index;
}

/* ---- taking ---- */

/* The highest of all blocks that are large enough: so what is in use is packed at the top, and what
 * is free together below. Frame 0 is never free: 0 is none. */
static size_t block_highest(const struct frames *frames, unsigned order, unsigned *from) {
    size_t highest = 0;
    for (unsigned at = order; at <= FRAME_ORDER_MAX; at++) {
        if (!bitset_is_empty(&frames->free[at])) {
            size_t index = bitset_last(&frames->free[at]) << at;
            *from = index > highest ? at : *from;
            highest = index > highest ? index : highest;
        }
    }
    return highest;
}

/* A low block of the smallest order that has one of which the first `count` frames end at or before
 * `last`. */
static size_t block_lowest(const struct frames *frames, unsigned order, size_t count, size_t last,
                           unsigned *from) {
    for (*from = order; *from <= FRAME_ORDER_MAX; ++*from) {
        if (!bitset_is_empty(&frames->free[*from])) {
            size_t index = bitset_first(&frames->free[*from]) << *from;
            if (index + count <= last) {
                return index;
            }
        }
    }
    return 0;
}

static void account(struct frames *frames, size_t count, enum frame_owner owner) {
    frames->available -= count;
    frames->used[owner] += count;
}

/* A block of order `from` is cut down to `order`: of each pair of halves one goes back. */
static size_t block_cut(struct frames *frames, size_t index, unsigned from, unsigned order,
                        bool high) {
    block_extract(frames, index, from);
    while (from > order) {
        from--;
        size_t other = index + frames_of(from);
        block_insert(frames, high ? index : other, from);
        index = high ? other : index;
    }
    return index;
}

static void block_use(struct frames *frames, size_t index, unsigned order, enum frame_owner owner) {
    frames->states[index] = (uint8_t)(STATE_USED | owner << 4 | order);
}

static physical_t block_take(struct frames *frames, unsigned order, enum frame_owner owner) {
    unsigned from = order;
    size_t index = block_highest(frames, order, &from);
    if (index != 0) {
        index = block_cut(frames, index, from, order, true);
        block_use(frames, index, order, owner);
        account(frames, frames_of(order), owner);
    }
    return index * PAGE_SIZE;
}

static bool is_there(const struct frames *frames, size_t count) {
    return frames->available - frames->promised >= count;
}

status_t frames_allocate(struct frames *frames, unsigned order, enum frame_owner owner,
                         physical_t *out) {
    if (order > FRAME_ORDER_MAX) {
        return ERR_NO_MEMORY;
    }
    lock_acquire(&frames->lock);
    physical_t block =
        is_there(frames, frames_of(order)) ? block_take(frames, order, owner) : (physical_t)0;
    lock_release(&frames->lock);
    if (block == 0) {
        return ERR_NO_MEMORY;
    }
    check_frames_taken(block, frames_of(order));
    *out = block;
    return OK;
}

/* The first frames of a block of `order`; what is not needed goes back. */
static void run_use(struct frames *frames, size_t index, size_t count, unsigned order,
                    enum frame_owner owner) {
    size_t last = index + count;
    for (size_t at = index; at < last; at += frames_of(order_at(at, last))) {
        block_use(frames, at, order_at(at, last), owner);
    }
    span_free(frames, last, index + frames_of(order));
    account(frames, count, owner);
}

static unsigned order_covering(size_t count) {
    return count <= 1 ? 0 : 64 - (unsigned)__builtin_clzl(count - 1);
}

status_t frames_allocate_run(struct frames *frames, const struct frame_run *run,
                             enum frame_owner owner, physical_t *out) {
    ensure((run->alignment & (run->alignment - 1)) == 0);
    size_t apart = (run->alignment + PAGE_SIZE - 1) / PAGE_SIZE;
    unsigned order = order_covering(run->count > apart ? run->count : apart);
    if (run->count == 0 || order > FRAME_ORDER_MAX) {
        return ERR_NO_MEMORY;
    }
    lock_acquire(&frames->lock);
    size_t index = 0;
    if (is_there(frames, run->count)) {
        unsigned from = order;
        index = run->limit == 0
                    ? block_highest(frames, order, &from)
                    : block_lowest(frames, order, run->count, run->limit / PAGE_SIZE, &from);
        if (index != 0) {
            index = block_cut(frames, index, from, order, run->limit == 0);
            run_use(frames, index, run->count, order, owner);
        }
    }
    lock_release(&frames->lock);
    if (index == 0) {
        return ERR_NO_MEMORY;
    }
    check_frames_taken(index * PAGE_SIZE, run->count);
    *out = index * PAGE_SIZE;
    return OK;
}

/* ---- giving back ---- */

const char *frame_owner_name(enum frame_owner owner) {
    static const char *const names[FRAME_OWNER_COUNT] = {"page tables", "heap",   "code",
                                                         "programs",    "stacks", "devices"};
    return owner < FRAME_OWNER_COUNT ? names[owner] : "nobody";
}

/* The block that a frame lies in: what it is and where it starts. */
static uint8_t block_of(const struct frames *frames, size_t index, size_t *start) {
    for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++) {
        *start = index & ~(frames_of(order) - 1);
        uint8_t state = frames->states[*start];
        if (state >= STATE_FREE && (state & STATE_ORDER) >= order) {
            return state;
        }
    }
    return STATE_NONE;
}

[[noreturn]] static void complain(const struct frames *frames, physical_t block, size_t count) {
    size_t index = block / PAGE_SIZE, start;
    uint8_t state = index < frames->count ? block_of(frames, index, &start) : STATE_NONE;
    unsigned long at = (unsigned long)block;
    if (state == STATE_NONE) {
        panic("frames %lx + %zu are released: never handed out", at, count);
    }
    if (state < STATE_USED) {
        panic("frames %lx + %zu are released twice: free since %s had them", at, count,
              frame_owner_name((enum frame_owner)frames->links[index]));
    }
    panic("frames %lx + %zu are released: there are %zu of %s from %lx", at, count,
          frames_of(state & STATE_ORDER), frame_owner_name((enum frame_owner)(state >> 4 & 7)),
          (unsigned long)(start * PAGE_SIZE));
}

static bool is_used(const struct frames *frames, physical_t block, unsigned order) {
    size_t index = block / PAGE_SIZE;
    return block % block_bytes(order) == 0 && index < frames->count &&
           (frames->states[index] & (STATE_USED | STATE_ORDER)) == (STATE_USED | order);
}

static void block_give(struct frames *frames, size_t index, unsigned order) {
    enum frame_owner owner = (enum frame_owner)(frames->states[index] >> 4 & 7);
    frames->links[index] = owner;
    frames->used[owner] -= frames_of(order);
    frames->available += frames_of(order);
    block_free(frames, index, order);
}

/* Poison is written while the block is still ours; what lies there does not matter if it is not. */
void frames_release(struct frames *frames, physical_t block, unsigned order) {
    lock_acquire(&frames->lock);
    if (order > FRAME_ORDER_MAX || !is_used(frames, block, order)) {
        complain(frames, block, frames_of(order));
    }
    check_frames_freed(block, frames_of(order));
    block_give(frames, block / PAGE_SIZE, order);
    lock_release(&frames->lock);
}

void frames_release_run(struct frames *frames, physical_t start, size_t count) {
    size_t index = start / PAGE_SIZE, last = index + count;
    lock_acquire(&frames->lock);
    while (index < last) {
        unsigned order = order_at(index, last);
        if (!is_used(frames, index * PAGE_SIZE, order)) {
            complain(frames, index * PAGE_SIZE, frames_of(order));
        }
        check_frames_freed(index * PAGE_SIZE, frames_of(order));
        block_give(frames, index, order);
        index += frames_of(order);
    }
    lock_release(&frames->lock);
}

/* ---- promises ---- */

status_t frames_promise(struct frames *frames, size_t count) {
    lock_acquire(&frames->lock);
    bool enough = is_there(frames, count);
    frames->promised += enough ? count : 0;
    lock_release(&frames->lock);
    return enough ? OK : ERR_NO_MEMORY;
}

void frames_unpromise(struct frames *frames, size_t count) {
    lock_acquire(&frames->lock);
    ensure(count <= frames->promised);
    frames->promised -= count;
    lock_release(&frames->lock);
}

physical_t frames_take_promised(struct frames *frames, enum frame_owner owner) {
    lock_acquire(&frames->lock);
    ensure(frames->promised > 0);
    frames->promised--;
    physical_t frame = block_take(frames, 0, owner);
    ensure(frame != 0);
    lock_release(&frames->lock);
    check_frames_taken(frame, 1);
    return frame;
}

/* ---- lists, use ---- */

void frame_list_push(struct frames *frames, struct frame_list *list, physical_t frame) {
    if (!is_used(frames, frame, 0)) {
        complain(frames, frame, 1);
    }
    frames->links[frame / PAGE_SIZE] = list->first;
    list->first = (uint32_t)(frame / PAGE_SIZE);
    list->count++;
}

void frame_list_release(struct frames *frames, struct frame_list *list) {
    while (list->count > 0) {
        size_t frame = list->first;
        list->first = frames->links[frame];
        list->count--;
        frames_release(frames, frame * PAGE_SIZE, 0);
    }
}

void frames_usage_get(const struct frames *frames, struct frames_usage *out) {
    *out = (struct frames_usage){
        .total = frames->total, .available = frames->available, .promised = frames->promised};
    memcpy(out->used, frames->used, sizeof(out->used));
    for (unsigned order = 0; order < ORDERS; order++) {
        out->largest = bitset_is_empty(&frames->free[order]) ? out->largest : frames_of(order);
    }
}
