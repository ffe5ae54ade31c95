/* SPDX-License-Identifier: MIT */
/* Instances of all.wat without running anything: layout, linking, segments, growth, helpers. */
#include "build.h"
#include "engine.h"

#include <base/ensure.h>

static struct context context;

/* What the imports of all.wat get. */
struct world {
    struct table *table;
    struct function *twice;
    uint64_t base, count;
    enum external_kind wrong; /* this kind of import gets something that does not match */
    bool spoil;
    unsigned complaints;
};

static bool is(const struct import *import, const char *name) {
    return text_equal(import->name, text_of(name)) && text_equal(import->module, text_of("env"));
}

static status_t resolve(void *data, const struct module *module, const struct import *import,
                        struct external *out) {
    struct world *world = data;
    bool spoil = world->spoil && import->kind == world->wrong;
    if (is(import, "twice")) {
        *out = (struct external){spoil ? EXTERNAL_MEMORY : EXTERNAL_FUNCTION,
                                 .function = world->twice};
        return OK;
    }
    if (is(import, "table")) {
        *out = (struct external){EXTERNAL_TABLE, .table = world->table};
        return spoil ? ERR_NOT_FOUND : OK;
    }
    bool base = is(import, "base");
    *out = (struct external){
        EXTERNAL_GLOBAL,
        .global = {base ? &world->base : &world->count,
                   {base ? TYPE_I32 : TYPE_I64, spoil ? base : !base}},
    };
    return OK;
}

static void complain(void *data, const struct module *module, const struct import *import,
                     const char *why) {
    ((struct world *)data)->complaints++;
    CHECK(why[0] != 0);
}

static struct context *gate_function_none(struct context *caller, struct function *gate,
                                          uint64_t *values) {
    return caller;
}

static void world_init(struct world *world, struct engine *engine) {
    struct table_type type = {{.minimum = 2, .maximum = 7, .has_maximum = true}, TYPE_EXTERNREF};
    *world = (struct world){.base = 3, .count = 5};
    context.engine = engine;
    CHECK(table_create(engine, &type, &world->table) == OK);
    CHECK(gate_create(&context, engine_type_parse(engine, "i", "i"), gate_function_none, world,
                      &world->twice) == OK);
}

static void world_fini(struct world *world) {
    table_destroy(world->table);
    gate_destroy(world->twice);
}

static struct instance *instantiate(struct module *module, struct world *world) {
    struct instance *instance = nullptr;
    CHECK(instance_create(module, &context, &instance) == OK);
    CHECK(instance_link(instance, resolve, complain, world) == OK && world->complaints == 0);
    CHECK(instance_initialize(instance) == TRAP_NONE);
    return instance;
}

static struct external export_of(struct instance *instance, const char *name) {
    struct external external = {};
    CHECK(instance_export(instance, text_of(name), &external) == OK);
    return external;
}

static void test_gate(struct world *world) {
    const struct function *gate = world->twice;
    const struct instance_header *header = (const struct instance_header *)gate->base - 1;
    CHECK(header->context == &context && header->instance == nullptr);
    CHECK(gate->gate == gate_function_none && gate->data == world && gate->instance == nullptr);
}

static void test_layout(struct instance *instance) {
    const struct module *module = instance->module;
    const struct instance_layout *layout = module->layout;
    const struct instance_header *header = instance_header(instance);
    CHECK(header->instance == instance && header->context == &context);
    CHECK(header->slots == module->slots && header->types == module->types);
    CHECK(layout->memory_at_base && instance->memories[0]->base == instance->base);
    CHECK(layout->data_size % 4096 == 0 && (uintptr_t)instance->base % 4096 == 0);
    CHECK(layout->inline_tables[0] == 0 && layout->inline_tables[2] == 0);
    CHECK(layout->inline_tables[1] != 0 && instance->tables[1]->inlined);
    CHECK((uint8_t *)instance->tables[1]->elements == instance->base - layout->inline_tables[1]);
    CHECK(*(uint8_t **)(instance->base - layout->memory_bases) == instance->base);
}

static void test_globals(struct instance *instance, struct world *world) {
    CHECK(*export_of(instance, "own").global.value == 42);
    CHECK(*export_of(instance, "copied").global.value == 3);
    CHECK(*export_of(instance, "wide").global.value == UINT64_MAX - 1);
    CHECK(*export_of(instance, "extended").global.value == (uint32_t)-42);
    CHECK(*export_of(instance, "extended-wide").global.value == (uint64_t)-2'000'000'015);
    CHECK(*export_of(instance, "single").global.value == 0x3FC00000);
    CHECK(*export_of(instance, "double").global.value == UINT64_C(1) << 63);
    CHECK(*export_of(instance, "nothing").global.value == 0);
    CHECK(export_of(instance, "count").global.value == &world->count);
    CHECK(export_of(instance, "count").global.type.mutable);
    CHECK(*export_of(instance, "function").global.value ==
          (uintptr_t)export_of(instance, "leaf").function);
}

static void test_functions(struct instance *instance, struct world *world) {
    struct function *leaf = export_of(instance, "leaf").function;
    CHECK(leaf == export_of(instance, "leaf").function);
    CHECK(leaf->base == instance->base && leaf->instance == instance && leaf->gate == nullptr);
    CHECK(leaf->slot == &instance->module->slots[leaf->index - 1]);
    CHECK(leaf->type == engine_type_parse(instance->engine, "i", "i"));
    CHECK(export_of(instance, "twice").function == world->twice);
    CHECK(*(struct function **)(instance->base - instance->module->layout->imports) ==
          world->twice);
    CHECK(instance_start(instance) == instance_function(instance, 1));
    CHECK(text_equal(module_function_name(instance->module, leaf->index), text_of("leaf")));
    CHECK(text_equal(module_function_name(instance->module, 0), text_of("twice")));
    CHECK(module_function_name(instance->module, 10'000).size == 0);
}

static void test_segments(struct instance *instance, struct world *world) {
    const uint64_t *fixed = export_of(instance, "fixed").table->elements;
    uintptr_t leaf = (uintptr_t)export_of(instance, "leaf").function;
    CHECK(fixed[0] == 0 && fixed[1] == leaf && fixed[2] == (uintptr_t)world->twice);
    CHECK(fixed[3] != 0 && fixed[4] == 0 && fixed[5] == 0);
    const uint8_t *bytes = memory_range(instance->memories[0], 0, 16);
    CHECK(memcmp(bytes, "\0\0\0\0\xFF\0\0\0active", 14) == 0);
}

static uint64_t help(struct instance *instance, enum helper helper, const uint64_t *arguments) {
    context.trap = TRAP_NONE;
    return helper_functions[helper](&context, instance, arguments);
}

#define HELP(instance, helper, ...)                                                                \
    help((instance), (helper), (const uint64_t[HELPER_ARGUMENTS]){__VA_ARGS__})

static void test_memory(struct instance *instance) {
    struct memory *memory = export_of(instance, "memory").memory;
    constexpr uint32_t PAGE = PAGE_SIZE_WASM;
    CHECK(memory->pages == 1 && memory_range(memory, PAGE, 0) != nullptr);
    CHECK(memory_range(memory, PAGE, 1) == nullptr);
    CHECK(memory_range(memory, UINT32_MAX, UINT32_MAX) == nullptr);
    HELP(instance, HELPER_MEMORY_INIT, 0, 1, 100, 2, 3);
    CHECK(context.trap == TRAP_NONE && memcmp(memory->base + 100, "ssi", 4) == 0);
    HELP(instance, HELPER_MEMORY_INIT, 0, 1, 100, 5, 3);
    CHECK(context.trap == TRAP_MEMORY_OUT_OF_BOUNDS && memory->base[100] == 's');
    HELP(instance, HELPER_DATA_DROP, 1);
    HELP(instance, HELPER_MEMORY_INIT, 0, 1, PAGE, 0, 0);
    CHECK(context.trap == TRAP_NONE);
    HELP(instance, HELPER_MEMORY_INIT, 0, 1, 0, 0, 1);
    CHECK(context.trap == TRAP_MEMORY_OUT_OF_BOUNDS);
    HELP(instance, HELPER_MEMORY_INIT, 0, 0, 0, 0, 1); /* an active one is dropped by now */
    CHECK(context.trap == TRAP_MEMORY_OUT_OF_BOUNDS);
    HELP(instance, HELPER_MEMORY_COPY, 0, 0, 101, 100, 3);
    CHECK(memcmp(memory->base + 100, "sssi", 5) == 0);
    HELP(instance, HELPER_MEMORY_COPY, 0, 0, PAGE - 2, 0, 3);
    CHECK(context.trap == TRAP_MEMORY_OUT_OF_BOUNDS);
    HELP(instance, HELPER_MEMORY_COPY, 0, 0, 0, UINT32_MAX, 2);
    CHECK(context.trap == TRAP_MEMORY_OUT_OF_BOUNDS);
    HELP(instance, HELPER_MEMORY_FILL, 0, PAGE - 1, 0x17F, 1);
    CHECK(context.trap == TRAP_NONE && memory->base[PAGE - 1] == 0x7F);
    HELP(instance, HELPER_MEMORY_FILL, 0, PAGE - 1, 0, 2);
    CHECK(context.trap == TRAP_MEMORY_OUT_OF_BOUNDS && memory->base[PAGE - 1] == 0x7F);
    CHECK(HELP(instance, HELPER_MEMORY_GROW, 0, 2) == 1 && memory->pages == 3);
    CHECK(memory->base[3 * PAGE - 1] == 0 && memory->base[100] == 's');
    CHECK(HELP(instance, HELPER_MEMORY_GROW, 0, 1) == UINT32_MAX && memory->pages == 3);
    CHECK(HELP(instance, HELPER_MEMORY_GROW, 0, UINT32_MAX) == UINT32_MAX);
    CHECK(HELP(instance, HELPER_MEMORY_GROW, 0, 0) == 3);
}

static void test_table(struct instance *instance, struct world *world) {
    struct table *growing = export_of(instance, "growing").table;
    uintptr_t leaf = (uintptr_t)export_of(instance, "leaf").function;
    HELP(instance, HELPER_TABLE_INIT, 2, 1, 0, 0, 1);
    CHECK(context.trap == TRAP_NONE && growing->elements[0] == leaf);
    HELP(instance, HELPER_TABLE_INIT, 2, 1, 0, 1, 2);
    CHECK(context.trap == TRAP_TABLE_OUT_OF_BOUNDS);
    HELP(instance, HELPER_ELEMENT_DROP, 1);
    HELP(instance, HELPER_TABLE_INIT, 2, 1, 0, 0, 1);
    CHECK(context.trap == TRAP_TABLE_OUT_OF_BOUNDS);
    CHECK(HELP(instance, HELPER_TABLE_GROW, 2, leaf, 3) == 1 && growing->size == 4);
    CHECK(growing->elements[0] == leaf && growing->elements[3] == leaf);
    CHECK(HELP(instance, HELPER_TABLE_GROW, 2, 0, 6) == UINT32_MAX && growing->size == 4);
    CHECK(HELP(instance, HELPER_TABLE_GROW, 1, 0, 1) == UINT32_MAX);
    CHECK(HELP(instance, HELPER_TABLE_GROW, 1, 0, 0) == 6);
    HELP(instance, HELPER_TABLE_FILL, 2, 1, 0, 3);
    CHECK(growing->elements[1] == 0 && growing->elements[3] == 0);
    HELP(instance, HELPER_TABLE_FILL, 2, 3, leaf, 2);
    CHECK(context.trap == TRAP_TABLE_OUT_OF_BOUNDS && growing->elements[3] == 0);
    HELP(instance, HELPER_TABLE_COPY, 2, 2, 1, 0, 3);
    CHECK(growing->elements[1] == leaf && growing->elements[2] == 0);
    HELP(instance, HELPER_TABLE_COPY, 1, 2, 4, 0, 3);
    CHECK(context.trap == TRAP_TABLE_OUT_OF_BOUNDS);
    HELP(instance, HELPER_TABLE_SET, 0, 1, 77);
    CHECK(context.trap == TRAP_NONE && world->table->elements[1] == 77);
    CHECK(HELP(instance, HELPER_TABLE_GET, 0, 1) == 77);
    HELP(instance, HELPER_TABLE_GET, 0, 2);
    CHECK(context.trap == TRAP_TABLE_OUT_OF_BOUNDS);
    HELP(instance, HELPER_TABLE_SET, 0, 2, 1);
    CHECK(context.trap == TRAP_TABLE_OUT_OF_BOUNDS);
    CHECK(HELP(instance, HELPER_REF_FUNC, 2) == leaf);
}

/* An import that is exported again is nothing before it is linked. */
/* Tables that would take a lot of memory, each on its own or all together. */
static void test_giant_tables(struct engine *engine) {
    static const uint32_t sizes[] = {LIMIT_TABLE_ELEMENTS + 1, UINT32_MAX,
                                     LIMIT_TABLE_ELEMENTS / 2 + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct build build = build_module(), part = {};
        struct module_error error;
        struct module *module;
        struct instance *instance;
        build_byte(&part, 2);
        for (int table = 0; table < 2; table++) {
            BUILD(&part, TYPE_FUNCREF, 0);
            build_u32(&part, sizes[i]);
        }
        build_section(&build, 4, &part);
        CHECK(module_create(engine, build.bytes, build.size, MEMORY_GUARD, &error, &module) == OK);
        CHECK(instance_create(module, &context, &instance) == ERR_NO_MEMORY);
        module_destroy(module);
        build_free(&build);
        build_free(&part);
    }
}

static void test_unlinked(struct module *module, struct world *world) {
    static const char *const imports[] = {"twice", "count", "other"};
    struct instance *instance;
    struct external external;
    CHECK(instance_create(module, &context, &instance) == OK);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(instance_export(instance, text_of(imports[i]), &external) == ERR_NOT_FOUND);
    }
    CHECK(instance_export(instance, text_of("memory"), &external) == OK);
    CHECK(instance_link(instance, resolve, complain, world) == OK);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(instance_export(instance, text_of(imports[i]), &external) == OK);
    }
    instance_destroy(instance);
}

/* Each kind of import that does not match is told, all others are bound all the same. */
static void test_complaints(struct module *module, struct world *world) {
    static const unsigned expected[] = {
        [EXTERNAL_FUNCTION] = 1, [EXTERNAL_TABLE] = 1, [EXTERNAL_GLOBAL] = 2};
    for (unsigned kind = 0; kind < 4; kind++) {
        struct instance *instance;
        if (kind == EXTERNAL_MEMORY) {
            continue;
        }
        world->wrong = (enum external_kind)kind;
        world->spoil = true;
        world->complaints = 0;
        CHECK(instance_create(module, &context, &instance) == OK);
        CHECK(instance_link(instance, resolve, complain, world) == ERR_NOT_FOUND);
        CHECK(world->complaints == expected[kind]);
        instance_destroy(instance);
    }
    world->spoil = false;
    world->complaints = 0;
}

/* A segment out of bounds stops; what came before it stays. */
static void test_out_of_bounds(struct module *module, struct world *world) {
    struct instance *instance;
    CHECK(instance_create(module, &context, &instance) == OK);
    world->base = PAGE_SIZE_WASM - 1;
    CHECK(instance_link(instance, resolve, complain, world) == OK);
    CHECK(instance_initialize(instance) == TRAP_TABLE_OUT_OF_BOUNDS);
    CHECK(instance->tables[1]->elements[1] != 0);
    CHECK(instance->memories[0]->base[8] == 0);
    instance_destroy(instance);
    world->base = 3;
}

static void test_limits(struct engine *engine) {
    struct table_type large = {{.minimum = LIMIT_TABLE_ELEMENTS + 1, .maximum = UINT32_MAX},
                               TYPE_FUNCREF};
    struct table *table;
    CHECK(table_create(engine, &large, &table) == ERR_NO_MEMORY);
    large.limits.minimum = 0;
    CHECK(table_create(engine, &large, &table) == OK);
    CHECK(table_grow(table, LIMIT_TABLE_ELEMENTS + 1, 0) == UINT32_MAX);
    for (uint32_t i = 0; i < 100'000; i++) {
        ensure_slow(table_grow(table, 1, i) == i);
    }
    CHECK(table->size == 100'000 && table->elements[77'777] == 77'777);
    table_destroy(table);
    char many[] = "iiiiiiiiiiiiiiiii";
    struct function *gate;
    static_assert(sizeof many - 1 == GATE_VALUES + 1);
    CHECK(gate_create(&context, engine_type_parse(engine, many, ""), gate_function_none, nullptr,
                      &gate) == ERR_NOT_SUPPORTED);
}

/* What a memory may grow to, what it reserves for that, and the guard behind. */
static void test_memories(void) {
    struct engine_config config = {.code_size = 64 * 1024, .checked_pages_max = 8};
    struct engine *engine = nullptr;
    struct memory memory;
    struct memory_type type = {{.minimum = 1, .maximum = 3, .has_maximum = true}};
    CHECK(engine_create(&config, &engine) == OK);
    CHECK(memory_reserve(engine, &type, MEMORY_CHECKED, &memory) == OK);
    CHECK(memory.reserved_size == 3 * PAGE_SIZE_WASM + BOUND_GUARD);
    CHECK(memory.size == PAGE_SIZE_WASM && memory_grow(&memory, 3) == UINT32_MAX);
    CHECK(memory_grow(&memory, 2) == 1 && memory.size == 3 * PAGE_SIZE_WASM);
    CHECK(memory_range(&memory, 3 * PAGE_SIZE_WASM - 1, 2) == nullptr);
    CHECK(memory_range(&memory, 3 * PAGE_SIZE_WASM - 1, 1) != nullptr);
    memory_fini(&memory);
    type.limits = (struct limits){.minimum = 0, .maximum = UINT32_MAX};
    CHECK(memory_reserve(engine, &type, MEMORY_CHECKED, &memory) == OK);
    CHECK(memory.reserved_size == 8 * PAGE_SIZE_WASM + BOUND_GUARD && memory.size == 0);
    CHECK(memory_grow(&memory, 9) == UINT32_MAX && memory_grow(&memory, 8) == 0);
    memory_fini(&memory);
    CHECK(memory_reserve(engine, &type, MEMORY_GUARD, &memory) == OK);
    CHECK(memory.reserved_size == MEMORY_RESERVED && memory_grow(&memory, 9) == 0);
    memory_fini(&memory);
    type.limits.minimum = 9;
    CHECK(memory_reserve(engine, &type, MEMORY_CHECKED, &memory) == ERR_NO_MEMORY);
    engine_destroy(engine);
}

int main(void) {
    test_memories();
    struct engine *engine = test_engine();
    struct world world;
    struct module *module = nullptr;
    struct module_error error;
    world_init(&world, engine);
    CHECK(module_create(engine, all_wasm, sizeof all_wasm, MEMORY_GUARD, &error, &module) == OK);
    test_gate(&world);
    struct instance *instance = instantiate(module, &world);
    test_layout(instance);
    test_globals(instance, &world);
    test_functions(instance, &world);
    test_segments(instance, &world);
    test_memory(instance);
    test_table(instance, &world);
    CHECK(instance_export(instance, text_of("absent"), &(struct external){}) == ERR_NOT_FOUND);
    instance_destroy(instance);
    test_unlinked(module, &world);
    test_complaints(module, &world);
    test_out_of_bounds(module, &world);
    module_destroy(module);
    test_limits(engine);
    world_fini(&world);
    test_giant_tables(engine);
    engine_destroy(engine);
    return check_finish("engine/instance");
}
