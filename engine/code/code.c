/* SPDX-License-Identifier: MIT */
/*
 * Publication of code, and the way back from a pc, which takes no lock.
 *
 * A record is put into its module's list in the same step as its place is taken, so the codes of a
 * page follow one another in the list, from the highest place down; the code itself is written
 * after that. Whoever looks for a pc looks for code that has run.
 *
 * On x86_64 a store of new code through another mapping is seen by instruction fetch of every core
 * that reads the slot afterwards and jumps there, since nobody can have anything of that place from
 * before: it is new, or port_code_release() took every core through a serialising instruction.
 * So the code itself is published, without a stub that synchronises its core first.
 * A port to a CPU with incoherent instruction caches publishes through such a stub.
 */
#include <base/checked.h>
#include <engine/private.h>

status_t code_place(struct engine *engine, const void *bytes, size_t size, const void **out) {
    struct code_arena *arena = &engine->arena;
    uint8_t *place;
    do {
        spin_take(&arena->lock);
        place = code_room_take(arena, &engine->stub_room, size);
        spin_give(&arena->lock);
    } while (place == nullptr && size <= arena->size && cache_evict(engine));
    if (place == nullptr) {
        return ERR_NO_SPACE;
    }
    *out = place;
    return port_code_write(place, bytes, size);
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

/* Makes the record known: in the module's list, and on each page that the code reaches. */
static void link_record(struct code_arena *arena, struct module *module, struct code *code) {
    code->next = module->codes;
    module->codes = code;
    size_t offset = (size_t)(code->start - arena->base);
    uint32_t page = (uint32_t)(offset / CODE_PAGE);
    atomic_store_explicit(&code_page_at(arena, page)->first, code, memory_order_release);
    while (code->size > 0 && page < (offset + code->size - 1) / CODE_PAGE) {
        page++;
        atomic_store_explicit(&code_page_at(arena, page)->across, code, memory_order_release);
    }
}

static bool take_place(struct module *module, struct code *code) {
    struct module_record *record = (struct module_record *)module;
    struct code_arena *arena = &module->engine->arena;
    spin_take(&arena->lock);
    code->start = code_room_take(arena, &record->room, code->size);
    if (code->start != nullptr) {
        record->code_records += record_size(code->site_count);
        link_record(arena, module, code);
    }
    spin_give(&arena->lock);
    return code->start != nullptr;
}

static void count(uint64_t *counter, uint64_t more) {
    __atomic_fetch_add(counter, more, __ATOMIC_RELAXED);
}

static void count_code(struct engine *engine, const struct code *code) {
    const struct module *module = code->module;
    count(&engine->statistics.functions_compiled, 1);
    count(&engine->statistics.code_bytes, code->size);
    count(&engine->statistics.bytes_compiled,
          module->bodies[code->function - module->imported_functions].size);
}

status_t code_publish(struct module *module, uint32_t function, const struct code_draft *draft) {
    struct engine *engine = module->engine;
    uint32_t defined = function - module->imported_functions;
    const void *stub = engine_lazy_stub(engine, defined);
    struct code *code = record_create(module, function, draft);
    if (code == nullptr) {
        return ERR_NO_MEMORY;
    }
    while (!take_place(module, code)) {
        if (draft->size > engine->arena.size || !cache_evict(engine)) {
            record_destroy(code);
            return ERR_NO_SPACE;
        }
    }
    status_t status = port_code_write((void *)(uintptr_t)code->start, draft->bytes, draft->size);
    if (status != OK) {
        return status;
    }
    count_code(engine, code);
    atomic_compare_exchange_strong_explicit(&module->slots[defined], &stub, code->start,
                                            memory_order_release, memory_order_relaxed);
    port_code_published(module, function, draft->size);
    return OK;
}

const struct code *code_find(const struct engine *engine, uintptr_t pc) {
    const struct code_arena *arena = &engine->arena;
    if (!engine_owns(engine, pc)) {
        return nullptr;
    }
    uintptr_t number = (pc - (uintptr_t)arena->base) / CODE_PAGE;
    struct code_page *page = code_page_at(arena, (uint32_t)number);
    if (page == nullptr) {
        return nullptr;
    }
    uintptr_t start = (uintptr_t)arena->base + number * CODE_PAGE;
    const struct code *code = atomic_load_explicit(&page->first, memory_order_acquire);
    while (code != nullptr && (uintptr_t)code->start - start < CODE_PAGE &&
           (uintptr_t)code->start > pc) {
        code = code->next;
    }
    if (code == nullptr || (uintptr_t)code->start - start >= CODE_PAGE) {
        code = atomic_load_explicit(&page->across, memory_order_acquire);
    }
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
    struct module_record *record = (struct module_record *)module;
    code_room_release(&module->engine->arena, &record->room);
    while (module->codes != nullptr) {
        struct code *code = module->codes;
        module->codes = code->next;
        record_destroy(code);
    }
}
