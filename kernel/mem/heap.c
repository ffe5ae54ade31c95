/* SPDX-License-Identifier: MIT */
/*
 * The heap. A slab is four frames, aligned to its size, so that an object's slab is known from its
 * address; a bit per object in the slab's head says whether it is free, so that free objects hold
 * nothing that could be overwritten. Lock order: a class, then frames. Mapping, unmapping and
 * settling take the lock of a space: no lock is held then.
 *
 *   | head 192: magic class available node bits[16] | object | object | ...        16 KiB |
 */
#include "check.h"
#include <base/checked.h>
#include <base/string.h>
#include <kernel/heap.h>
#include <kernel/panic.h>

constexpr unsigned SLAB_ORDER = 2;
constexpr size_t SLAB_SIZE = PAGE_SIZE << SLAB_ORDER;
constexpr size_t SLAB_HEAD = 192;
constexpr size_t OBJECT_MAX = 2048;
constexpr size_t BLOCK_MAX = 64 * 1024;
constexpr uint32_t SLAB_MAGIC = 0x42414C53;

struct slab {
    uint32_t magic;
    uint16_t class;
    uint16_t available;
    uint64_t bits[16]; /* set: free */
    struct list_node node;
};
static_assert(sizeof(struct slab) <= SLAB_HEAD);

/* Sixteens up to 128, then four steps per doubling. */
static const uint16_t class_sizes[HEAP_CLASSES] = {
    16,  32,  48,  64,  80,  96,  112, 128,  160,  192,  224,  256,
    320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048,
};

static unsigned class_of(size_t size) {
    if (size <= 128) {
        return size == 0 ? 0 : (unsigned)(size - 1) / 16;
    }
    unsigned doubling = 63 - (unsigned)__builtin_clzl(size - 1); /* 7: 129 to 256 */
    return 8 + 4 * (doubling - 7) + (unsigned)((size - 1) >> (doubling - 2) & 3);
}

static unsigned object_count(unsigned class) {
    return (unsigned)((SLAB_SIZE - SLAB_HEAD) / class_sizes[class]);
}

static unsigned order_of(size_t size) {
    return 64 - PAGE_SHIFT - (unsigned)__builtin_clzl(size - 1);
}

void heap_init(struct heap *heap, struct frames *frames, uintptr_t direct_end,
               const struct heap_source *source) {
    *heap = (struct heap){.frames = frames, .source = *source, .direct_end = direct_end};
    for (unsigned i = 0; i < HEAP_CLASSES; i++) {
        heap->classes[i].lock = LOCK_INIT(LOCK_HEAP);
        list_init(&heap->classes[i].partial);
    }
}

/* ---- objects ---- */

static struct slab *slab_create(struct heap *heap, unsigned class) {
    physical_t block;
    if (frames_allocate(heap->frames, SLAB_ORDER, FRAME_OWNER_HEAP, &block) != OK) {
        return nullptr;
    }
    struct slab *slab = memory_at(block);
    unsigned count = object_count(class);
    *slab =
        (struct slab){.magic = SLAB_MAGIC, .class = (uint16_t)class, .available = (uint16_t)count};
    for (unsigned i = 0; i < count; i++) {
        slab->bits[i / 64] |= UINT64_C(1) << i % 64;
    }
    return slab;
}

static struct slab *slab_with_room(struct heap *heap, unsigned class) {
    struct heap_class *all = &heap->classes[class];
    if (!list_is_empty(&all->partial)) {
        return list_owner(all->partial.head.next, struct slab, node);
    }
    struct slab *slab = all->reserve != nullptr ? all->reserve : slab_create(heap, class);
    all->reserve = nullptr;
    if (slab != nullptr) {
        list_append(&all->partial, &slab->node);
    }
    return slab;
}

static void *object_of(struct slab *slab) {
    unsigned word = 0;
    while (slab->bits[word] == 0) {
        word++;
    }
    unsigned bit = (unsigned)__builtin_ctzl(slab->bits[word]);
    slab->bits[word] &= slab->bits[word] - 1;
    if (--slab->available == 0) {
        list_remove(&slab->node);
    }
    return (uint8_t *)slab + SLAB_HEAD + (size_t)(word * 64 + bit) * class_sizes[slab->class];
}

static void *object_take(struct heap *heap, unsigned class) {
    lock_acquire(&heap->classes[class].lock);
    struct slab *slab = slab_with_room(heap, class);
    void *object = slab != nullptr ? object_of(slab) : nullptr;
    lock_release(&heap->classes[class].lock);
    return object;
}

static void slab_release(struct heap *heap, struct slab *slab) {
    slab->magic = 0;
    frames_release(heap->frames, (uintptr_t)slab - memory_direct, SLAB_ORDER);
}

static void slab_retire(struct heap *heap, struct slab *slab) {
    struct heap_class *all = &heap->classes[slab->class];
    list_remove(&slab->node);
    if (all->reserve == nullptr) {
        all->reserve = slab;
    } else {
        slab_release(heap, slab);
    }
}

/* The slab of an object that is in use, and its number there; else it is a panic. */
static struct slab *slab_of(const void *object, unsigned class, size_t *index) {
    physical_t physical = (uintptr_t)object - memory_direct;
    struct slab *slab = memory_at(align_down(physical, SLAB_SIZE));
    size_t offset = physical % SLAB_SIZE - SLAB_HEAD;
    *index = offset / class_sizes[class];
    unsigned long at = (unsigned long)(uintptr_t)object;
    if (slab->magic != SLAB_MAGIC || slab->class != class || offset % class_sizes[class] != 0 ||
        *index >= object_count(class)) {
        panic("heap block %016lx is released: never handed out in a size up to %u", at,
              class_sizes[class]);
    }
    if (slab->bits[*index / 64] >> *index % 64 & 1) {
        panic("heap block %016lx of up to %u bytes is released twice", at, class_sizes[class]);
    }
    return slab;
}

static void object_give(struct heap *heap, void *object, unsigned class) {
    size_t index;
    lock_acquire(&heap->classes[class].lock);
    struct slab *slab = slab_of(object, class, &index);
    slab->bits[index / 64] |= UINT64_C(1) << index % 64;
    if (slab->available++ == 0) {
        list_append(&heap->classes[class].partial, &slab->node);
    }
    if (slab->available == object_count(class)) {
        slab_retire(heap, slab);
    }
    lock_release(&heap->classes[class].lock);
}

bool heap_trim(struct heap *heap) {
    bool any = false;
    for (unsigned class = 0; class < HEAP_CLASSES; class ++) {
        struct heap_class *all = &heap->classes[class];
        lock_acquire(&all->lock);
        if (all->reserve != nullptr) {
            slab_release(heap, all->reserve);
            all->reserve = nullptr;
            any = true;
        }
        lock_release(&all->lock);
    }
    return any;
}

/* ---- blocks ---- */

static void *frames_take(struct heap *heap, size_t size) {
    physical_t block;
    bool there = size <= BLOCK_MAX &&
                 frames_allocate(heap->frames, order_of(size), FRAME_OWNER_HEAP, &block) == OK;
    return there ? memory_at(block) : nullptr;
}

static bool is_direct(const struct heap *heap, const void *block) {
    return (uintptr_t)block >= memory_direct && (uintptr_t)block < heap->direct_end;
}

static void *place_take(struct heap *heap, size_t size, bool may_map) {
    if (size <= OBJECT_MAX) {
        return object_take(heap, class_of(size));
    }
    void *block = frames_take(heap, size);
    return block == nullptr && may_map ? heap->source.map(align_up(size, PAGE_SIZE)) : block;
}

static void *allocate(struct heap *heap, size_t size, bool may_map) {
    if (size > SIZE_MAX / 2) {
        return nullptr;
    }
    size_t whole = check_heap_size(size);
    void *place = place_take(heap, whole, may_map);
    if (place == nullptr && may_map) {
        bool settled = heap->source.settle();
        place = heap_trim(heap) || settled ? place_take(heap, whole, true) : nullptr;
    }
    if (place == nullptr) {
        return nullptr;
    }
    __atomic_fetch_add(&heap->used, size, __ATOMIC_RELAXED);
    return check_heap_open(place, size);
}

void *heap_allocate(struct heap *heap, size_t size) {
    return allocate(heap, size, true);
}

void *heap_try_allocate(struct heap *heap, size_t size) {
    return allocate(heap, size, false);
}

void heap_release(struct heap *heap, void *block, size_t size) {
    if (block == nullptr) {
        return;
    }
    __atomic_fetch_sub(&heap->used, size, __ATOMIC_RELAXED);
    void *place = check_heap_close(block, size);
    size_t whole = check_heap_size(size);
    if (whole <= OBJECT_MAX) {
        object_give(heap, place, class_of(whole));
    } else if (is_direct(heap, place)) {
        frames_release(heap->frames, (uintptr_t)place - memory_direct, order_of(whole));
    } else {
        heap->source.unmap(place, align_up(whole, PAGE_SIZE));
    }
}
