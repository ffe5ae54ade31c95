/* SPDX-License-Identifier: MIT */
/*
 * The heap. A slab is four frames, aligned to its size, so that an object's slab is known from its
 * address; a bit per object in the slab's head says whether it is free, so that free objects hold
 * nothing that could be overwritten. Lock order: heap, then space, then frames.
 *
 *   | head 192: magic class available node bits[16] | object | object | ...        16 KiB |
 */
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/heap.h>

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
               void *(*map)(size_t size), void (*unmap)(void *block, size_t size)) {
    *heap = (struct heap){.frames = frames, .map = map, .unmap = unmap, .direct_end = direct_end};
    for (unsigned class = 0; class < HEAP_CLASSES; class ++) {
        list_init(&heap->partial[class]);
    }
}

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
    if (!list_is_empty(&heap->partial[class])) {
        return list_owner(heap->partial[class].head.next, struct slab, node);
    }
    struct slab *slab = heap->reserve[class];
    if (slab == nullptr) {
        slab = slab_create(heap, class);
    }
    heap->reserve[class] = nullptr;
    if (slab != nullptr) {
        list_append(&heap->partial[class], &slab->node);
    }
    return slab;
}

static void *object_take(struct heap *heap, unsigned class) {
    struct slab *slab = slab_with_room(heap, class);
    if (slab == nullptr) {
        return nullptr;
    }
    unsigned word = 0;
    while (slab->bits[word] == 0) {
        word++;
    }
    unsigned bit = (unsigned)__builtin_ctzl(slab->bits[word]);
    slab->bits[word] &= slab->bits[word] - 1;
    if (--slab->available == 0) {
        list_remove(&slab->node);
    }
    return (uint8_t *)slab + SLAB_HEAD + (size_t)(word * 64 + bit) * class_sizes[class];
}

static void slab_retire(struct heap *heap, struct slab *slab) {
    list_remove(&slab->node);
    if (heap->reserve[slab->class] == nullptr) {
        heap->reserve[slab->class] = slab;
        return;
    }
    slab->magic = 0;
    frames_release(heap->frames, (uintptr_t)slab - memory_direct, SLAB_ORDER);
}

static void object_give(struct heap *heap, void *block, unsigned class) {
    physical_t physical = (uintptr_t)block - memory_direct;
    struct slab *slab = memory_at(align_down(physical, SLAB_SIZE));
    size_t offset = physical % SLAB_SIZE - SLAB_HEAD;
    ensure(slab->magic == SLAB_MAGIC && slab->class == class);
    ensure(offset % class_sizes[class] == 0);
    size_t index = offset / class_sizes[class];
    uint64_t bit = UINT64_C(1) << index % 64;
    ensure(index < object_count(class) && !(slab->bits[index / 64] & bit)); /* else: freed twice */
    slab->bits[index / 64] |= bit;
    if (slab->available++ == 0) {
        list_append(&heap->partial[class], &slab->node);
    }
    if (slab->available == object_count(class)) {
        slab_retire(heap, slab);
    }
}

static void *block_take(struct heap *heap, size_t size) {
    physical_t block;
    if (size <= BLOCK_MAX &&
        frames_allocate(heap->frames, order_of(size), FRAME_OWNER_HEAP, &block) == OK) {
        return memory_at(block);
    }
    return heap->map(align_up(size, PAGE_SIZE));
}

static bool is_direct(const struct heap *heap, const void *block) {
    return (uintptr_t)block >= memory_direct && (uintptr_t)block < heap->direct_end;
}

void *heap_allocate(struct heap *heap, size_t size) {
    if (size > SIZE_MAX / 2) {
        return nullptr;
    }
    void *block = size <= OBJECT_MAX ? object_take(heap, class_of(size)) : block_take(heap, size);
    heap->used += block != nullptr ? size : 0;
    return block;
}

void heap_release(struct heap *heap, void *block, size_t size) {
    if (block == nullptr) {
        return;
    }
    heap->used -= size;
    if (size <= OBJECT_MAX) {
#ifdef COPPER_DEBUG
        memset(block, 0xDD, size);
#endif
        object_give(heap, block, class_of(size));
    } else if (is_direct(heap, block)) {
        frames_release(heap->frames, (uintptr_t)block - memory_direct, order_of(size));
    } else {
        heap->unmap(block, align_up(size, PAGE_SIZE));
    }
}
