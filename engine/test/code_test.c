/* SPDX-License-Identifier: MIT */
/* The arena: publication, finding by pc, sites, forgetting, and what happens when it is full. */
#include "engine.h"

/* A module with ten functions; nothing of it runs. */
static struct module *load(struct engine *engine) {
    struct module_error error;
    struct module *module = nullptr;
    CHECK(module_create(engine, all_wasm, sizeof all_wasm, MEMORY_GUARD, &error, &module) == OK);
    return module;
}

static struct code_draft draft_of(const uint8_t *bytes, uint32_t size) {
    static const struct code_site sites[] = {
        {1, 100, TRAP_UNREACHABLE}, {4, 200, TRAP_NONE}, {9, 300, TRAP_MEMORY_OUT_OF_BOUNDS}};
    return (struct code_draft){.bytes = bytes,
                               .size = size,
                               .frame_size = 24,
                               .prologue_size = 3,
                               .sites = sites,
                               .site_count = 3};
}

static uintptr_t slot_of(struct module *module, uint32_t defined) {
    return (uintptr_t)atomic_load(&module->slots[defined]);
}

static void test_publish(struct engine *engine) {
    struct module *module = load(engine);
    static const uint8_t bytes[50] = {0xC3};
    const void *stub;
    CHECK(code_place(engine, bytes, 7, &stub) == OK && engine_owns(engine, (uintptr_t)stub));
    uint32_t first = module->imported_functions;
    for (uint32_t i = 0; i < 5; i++) {
        struct code_draft draft = draft_of(bytes, 10 * (i + 1));
        uintptr_t before = slot_of(module, i);
        CHECK(code_publish(module, first + i, &draft) == OK);
        CHECK(slot_of(module, i) != before && slot_of(module, i) % 16 == 0);
        CHECK(memcmp((void *)slot_of(module, i), bytes, draft.size) == 0);
    }
    for (uint32_t i = 0; i < 5; i++) {
        uintptr_t start = slot_of(module, i), end = start + 10 * (i + 1);
        const struct code *code = code_find(engine, start);
        CHECK(code != nullptr && code->function == first + i && code->frame_size == 24);
        CHECK(code_find(engine, end - 1) == code);
        CHECK(code_find(engine, end) != code);
    }
    CHECK(code_find(engine, (uintptr_t)stub) == nullptr);
    CHECK(code_find(engine, slot_of(module, 4) + 50) == nullptr);
    CHECK(code_find(engine, (uintptr_t)stub - 1) == nullptr && code_find(engine, 0) == nullptr);
    CHECK(!engine_owns(engine, (uintptr_t)stub - 1) && !engine_owns(engine, (uintptr_t)&stub));
    uintptr_t kept = slot_of(module, 0);
    module_destroy(module);
    CHECK(code_find(engine, kept) == nullptr);
}

/* Who publishes second loses, but his code is known too: it may be running. */
static void test_race(struct engine *engine) {
    struct module *module = load(engine);
    static const uint8_t first[] = {0xC3}, second[] = {0x90, 0xC3};
    struct code_draft draft = draft_of(first, sizeof first);
    CHECK(code_publish(module, module->imported_functions, &draft) == OK);
    uintptr_t winner = slot_of(module, 0);
    draft = draft_of(second, sizeof second);
    CHECK(code_publish(module, module->imported_functions, &draft) == OK);
    CHECK(slot_of(module, 0) == winner);
    CHECK(code_find(engine, winner + 16) != nullptr);
    CHECK(engine_statistics_get(engine)->functions_compiled == 7);
    module_destroy(module);
}

static void test_sites(struct engine *engine) {
    struct module *module = load(engine);
    static const uint8_t bytes[16] = {};
    struct code_draft draft = draft_of(bytes, sizeof bytes);
    CHECK(code_publish(module, module->imported_functions, &draft) == OK);
    const struct code *code = code_find(engine, slot_of(module, 0));
    const struct code_site *site = code_site_find(code, 4);
    CHECK(site != nullptr && site->offset == 200 && site->trap == TRAP_NONE);
    CHECK(code_site_find(code, 1)->offset == 100 && code_site_find(code, 9)->offset == 300);
    CHECK(code_site_find(code, 0) == nullptr && code_site_find(code, 5) == nullptr);
    CHECK(code_site_find(code, 10) == nullptr);
    module_destroy(module);
}

/* Many pieces on many pages; then the end, and all of it again. */
static void test_full(struct engine *engine) {
    struct module *module = load(engine);
    static const uint8_t bytes[16] = {};
    uint32_t first = module->imported_functions;
    struct code_draft draft = draft_of(bytes, sizeof bytes);
    CHECK(code_publish(module, first, &draft) == OK);
    uintptr_t low = slot_of(module, 0);
    unsigned placed = 1;
    while (code_publish(module, first + 1, &draft) == OK) {
        placed++;
    }
    CHECK(placed > 3000 && placed < 64 * 1024 / 16);
    CHECK(code_find(engine, low)->function == first);
    CHECK(code_find(engine, slot_of(module, 1))->function == first + 1);
    for (const struct code *code = module->codes; code != nullptr; code = code->next) {
        CHECK(code_find(engine, (uintptr_t)code->start + 15) == code);
    }
    uintptr_t before = slot_of(module, 2);
    CHECK(code_publish(module, first + 2, &draft) == ERR_NO_SPACE && slot_of(module, 2) == before);
    const void *out;
    CHECK(code_place(engine, bytes, SIZE_MAX - 8, &out) == ERR_NO_SPACE);
    module_destroy(module);
    CHECK(code_find(engine, low) == nullptr);
    CHECK(*(const uint8_t *)low == 0xCC && *(const uint8_t *)(low + 15) == 0xCC);
}

/* Code across pages is found from each of them, and not from beside it. */
static void test_across(struct engine *engine) {
    struct module *module = load(engine);
    static const uint8_t large[9000] = {}, small[16] = {};
    uint32_t first = module->imported_functions;
    struct code_draft drafts[] = {draft_of(small, sizeof small), draft_of(large, sizeof large),
                                  draft_of(small, sizeof small)};
    for (uint32_t i = 0; i < 3; i++) {
        CHECK(code_publish(module, first + i, &drafts[i]) == OK);
    }
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t at = 0; at < drafts[i].size; at += 8) {
            const struct code *code = code_find(engine, slot_of(module, i) + at);
            CHECK(code != nullptr && code->function == first + i);
        }
    }
    const struct code *beyond = code_find(engine, slot_of(module, 1) + sizeof large);
    CHECK(beyond == nullptr);
    module_destroy(module);
}

/* Modules of all sizes come and go in no order; what one holds no other overwrites, and when all
 * are gone the arena is as it was. */
static void test_churn(struct engine *engine) {
    enum { MODULES = 5 };
    struct module *modules[MODULES] = {};
    size_t used = engine->arena.used;
    uint32_t random = 1;
    static uint8_t bytes[MODULES][6000];
    for (unsigned i = 0; i < 4000; i++) {
        random = random * 1664525 + 1013904223;
        uint32_t which = (random >> 8) % MODULES, size = 1 + (random >> 12) % 6000;
        struct module **module = &modules[which];
        if (*module == nullptr) {
            *module = load(engine);
        }
        memset(bytes[which], (int)which + 1, sizeof bytes[which]);
        struct code_draft draft = draft_of(bytes[which], size);
        if (code_publish(*module, (*module)->imported_functions, &draft) != OK ||
            random >> 28 == 0) {
            for (const struct code *code = (*module)->codes; code != nullptr; code = code->next) {
                CHECK(memcmp(code->start, bytes[which], code->size) == 0);
            }
            module_destroy(*module);
            *module = nullptr;
        }
    }
    for (unsigned i = 0; i < MODULES; i++) {
        if (modules[i] != nullptr) {
            module_destroy(modules[i]);
        }
    }
    CHECK(engine->arena.used == used);
}

static void test_types(struct engine *engine) {
    const struct function_type *empty = engine_type_parse(engine, "", "");
    const struct function_type *one = engine_type_parse(engine, "iIfFrR", "Ii");
    CHECK(empty == engine_type_parse(engine, "", "") && empty != one);
    CHECK(one == engine_type_parse(engine, "iIfFrR", "Ii"));
    CHECK(one != engine_type_parse(engine, "iIfFrRI", "i"));
    CHECK(engine_type_parse(engine, "i", "") != engine_type_parse(engine, "", "i"));
    CHECK(one->parameter_count == 6 && one->parameters[3] == TYPE_F64);
    CHECK(one->result_count == 2 && one->results[0] == TYPE_I64);
    CHECK(type_entry_of(one)->type.results == one->results);
}

int main(void) {
    struct engine *engine = test_engine();
    test_types(engine);
    test_publish(engine);
    test_race(engine);
    test_sites(engine);
    test_across(engine);
    test_full(engine);
    test_full(engine);
    test_churn(engine);
    engine_destroy(engine);
    return check_finish("engine/code");
}
