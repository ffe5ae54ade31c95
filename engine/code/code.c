/* SPDX-License-Identifier: MIT */
/*
 * The code arena, publication, and the way back from a pc. Nothing here takes a lock.
 *
 * Room is taken by one compare-and-swap that counts units and entries together, so entries are
 * sorted by place from the start; the entry is filled in when the code is there. Whoever looks for
 * a pc skips entries that are still empty: the one he looks for is not, because that code has run.
 *
 * On x86_64 a store of new code through another mapping is seen by instruction fetch of every core
 * that reads the slot afterwards and jumps there, since nobody has fetched from that place before:
 * so the code itself is published, without a stub that synchronises its core first.
 * A port to a CPU with incoherent instruction caches publishes through such a stub.
 */
#include <base/checked.h>
#include <engine/private.h>

constexpr uint32_t UNIT = 16; /* bytes; functions start at multiples of it */
constexpr uint32_t CHUNK = 1024;

/* In the worst case every unit is an entry of its own. */
status_t code_arena_init(struct code_arena *arena, size_t size) {
    *arena = (struct code_arena){.size = size};
    if (size == 0 || size / UNIT >= UINT32_MAX) {
        return ERR_INVALID;
    }
    arena->chunk_count = (uint32_t)(size / UNIT / CHUNK + 1);
    arena->chunks = port_allocate(arena->chunk_count * sizeof *arena->chunks);
    if (arena->chunks == nullptr) {
        return ERR_NO_MEMORY;
    }
    memset(arena->chunks, 0, arena->chunk_count * sizeof *arena->chunks);
    void *base;
    status_t status = port_code_reserve(size, &base);
    if (status != OK) {
        port_release(arena->chunks, arena->chunk_count * sizeof *arena->chunks);
        return status;
    }
    arena->base = base;
    return OK;
}

void code_arena_fini(struct code_arena *arena) {
    for (uint32_t i = 0; i < arena->chunk_count; i++) {
        struct code_entry *chunk = atomic_load(&arena->chunks[i]);
        if (chunk != nullptr) {
            port_release(chunk, CHUNK * sizeof *chunk);
        }
    }
    port_release(arena->chunks, arena->chunk_count * sizeof *arena->chunks);
}

/* The chunk, made when it is first needed; the slower of two makers throws his away. */
static struct code_entry *open_chunk(struct code_arena *arena, uint32_t index) {
    struct code_entry *chunk = atomic_load(&arena->chunks[index]);
    if (chunk != nullptr) {
        return chunk;
    }
    struct code_entry *fresh = port_allocate(CHUNK * sizeof *fresh);
    if (fresh == nullptr) {
        return nullptr;
    }
    memset(fresh, 0, CHUNK * sizeof *fresh);
    if (atomic_compare_exchange_strong(&arena->chunks[index], &chunk, fresh)) {
        return fresh;
    }
    port_release(fresh, CHUNK * sizeof *fresh);
    return chunk;
}

static struct code_entry *entry_at(const struct code_arena *arena, uint32_t index) {
    struct code_entry *chunk =
        atomic_load_explicit(&arena->chunks[index / CHUNK], memory_order_acquire);
    return chunk != nullptr ? &chunk[index % CHUNK] : nullptr;
}

struct place {
    uint8_t *start;
    uint32_t unit, entry;
};

static status_t take_place(struct code_arena *arena, size_t size, struct place *out) {
    uint64_t units = align_up(size, UNIT) / UNIT;
    uint64_t taken = atomic_load(&arena->taken), next;
    do {
        uint32_t unit = (uint32_t)taken, entry = (uint32_t)(taken >> 32);
        if (size > arena->size || units > arena->size / UNIT - unit) {
            return ERR_NO_SPACE;
        }
        if (open_chunk(arena, entry / CHUNK) == nullptr) {
            return ERR_NO_MEMORY;
        }
        *out = (struct place){arena->base + (size_t)unit * UNIT, unit, entry};
        next = (uint64_t)(entry + 1) << 32 | (unit + units);
    } while (!atomic_compare_exchange_weak(&arena->taken, &taken, next));
    return OK;
}

static void fill_entry(struct code_arena *arena, const struct place *place,
                       const struct code *code) {
    struct code_entry *entry = entry_at(arena, place->entry);
    atomic_store_explicit(&entry->code, code, memory_order_relaxed);
    atomic_store_explicit(&entry->unit, place->unit + 1, memory_order_release);
}

status_t code_place(struct engine *engine, const void *bytes, size_t size, const void **out) {
    struct place place;
    status_t status = take_place(&engine->arena, size, &place);
    if (status != OK) {
        return status;
    }
    status = port_code_write(place.start, bytes, size);
    fill_entry(&engine->arena, &place, nullptr);
    *out = place.start;
    return status;
}

static size_t record_size(uint32_t site_count) {
    return sizeof(struct code) + site_count * sizeof(struct code_site);
}

static struct code *record_create(struct module *module, uint32_t function,
                                  const struct code_draft *draft) {
    struct code *code = port_allocate(record_size(draft->site_count));
    if (code == nullptr) {
        return nullptr;
    }
    struct code_site *sites = (struct code_site *)(code + 1);
    if (draft->site_count > 0) {
        memcpy(sites, draft->sites, draft->site_count * sizeof *sites);
    }
    *code = (struct code){
        .module = module,
        .function = function,
        .size = draft->size,
        .frame_size = draft->frame_size,
        .prologue_size = draft->prologue_size,
        .site_count = draft->site_count,
        .sites = sites,
    };
    return code;
}

static void record_destroy(struct code *code) {
    port_release(code, record_size(code->site_count));
}

/* Puts the record into the module's list, for code_forget. */
static void link_record(struct module *module, struct code *code) {
    code->next = __atomic_load_n(&module->codes, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&module->codes, &code->next, code, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED)) {
    }
}

static void count_code(struct engine *engine, const struct code *code) {
    const struct module *module = code->module;
    engine->statistics.functions_compiled++;
    engine->statistics.code_bytes += code->size;
    engine->statistics.bytes_compiled +=
        module->bodies[code->function - module->imported_functions].size;
}

status_t code_publish(struct module *module, uint32_t function, const struct code_draft *draft) {
    struct engine *engine = module->engine;
    uint32_t defined = function - module->imported_functions;
    const void *stub = engine_lazy_stub(engine, defined);
    struct code *code = record_create(module, function, draft);
    if (code == nullptr) {
        return ERR_NO_MEMORY;
    }
    struct place place;
    status_t status = take_place(&engine->arena, draft->size, &place);
    if (status != OK) {
        record_destroy(code);
        return status;
    }
    status = port_code_write(place.start, draft->bytes, draft->size);
    code->start = place.start;
    link_record(module, code);
    fill_entry(&engine->arena, &place, code);
    if (status != OK) {
        return status;
    }
    count_code(engine, code);
    atomic_compare_exchange_strong_explicit(&module->slots[defined], &stub, place.start,
                                            memory_order_release, memory_order_relaxed);
    port_code_published(module, function, draft->size);
    return OK;
}

/* The first unit of an entry, or of the first one after it that is filled in; moves *index there.
 */
static uint32_t filled_unit(const struct code_arena *arena, uint32_t *index, uint32_t end) {
    for (; *index < end; ++*index) {
        const struct code_entry *entry = entry_at(arena, *index);
        uint32_t unit =
            entry == nullptr ? 0 : atomic_load_explicit(&entry->unit, memory_order_acquire);
        if (unit != 0) {
            return unit - 1;
        }
    }
    return UINT32_MAX;
}

/* The last entry that starts at `unit` or before; NULL when there is none. */
static const struct code_entry *find_entry(const struct code_arena *arena, uint32_t unit) {
    uint32_t low = 0, high = (uint32_t)(atomic_load(&arena->taken) >> 32);
    const struct code_entry *found = nullptr;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2, at = middle;
        if (filled_unit(arena, &at, high) <= unit) {
            found = entry_at(arena, at);
            low = at + 1;
        } else {
            high = middle;
        }
    }
    return found;
}

const struct code *code_find(const struct engine *engine, uintptr_t pc) {
    if (!engine_owns(engine, pc)) {
        return nullptr;
    }
    uintptr_t offset = pc - (uintptr_t)engine->arena.base;
    const struct code_entry *entry = find_entry(&engine->arena, (uint32_t)(offset / UNIT));
    if (entry == nullptr) {
        return nullptr;
    }
    const struct code *code = atomic_load_explicit(&entry->code, memory_order_acquire);
    return code != nullptr && pc - (uintptr_t)code->start < code->size ? code : nullptr;
}

const struct code_site *code_site_find(const struct code *code, uint32_t pc) {
    uint32_t low = 0, high = code->site_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (code->sites[middle].pc == pc) {
            return &code->sites[middle];
        }
        if (code->sites[middle].pc < pc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return nullptr;
}

void code_forget(struct module *module) {
    struct code_arena *arena = &module->engine->arena;
    while (module->codes != nullptr) {
        struct code *code = module->codes;
        module->codes = code->next;
        uint32_t unit = (uint32_t)((uintptr_t)(code->start - arena->base) / UNIT);
        struct code_entry *entry = (struct code_entry *)(uintptr_t)find_entry(arena, unit);
        atomic_store(&entry->code, nullptr);
        record_destroy(code);
    }
}
