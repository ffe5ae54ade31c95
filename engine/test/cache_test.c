/* SPDX-License-Identifier: MIT */
/* The cache: what is shared, what is kept and for how long, and what makes room for what. */
#include "build.h"
#include "engine.h"
#include <pthread.h>

constexpr size_t LIMIT = 256 * 1024;

static struct engine *create(size_t limit) {
    struct engine_config config = {.code_size = 64 * 1024, .cache_size = limit};
    struct engine *engine = nullptr;
    CHECK(engine_create(&config, &engine) == OK);
    return engine;
}

static struct module *open_bytes(struct engine *engine, const void *bytes, size_t size,
                                 enum memory_mode mode, bool stays) {
    const struct module_source source = {bytes, size, mode, stays, false};
    struct module_error error;
    struct module *module = nullptr;
    CHECK(module_open(engine, &source, &error, &module) == OK);
    return module;
}

/* A module with a custom section of `size` bytes that says which it is. */
static struct module *open_number(struct engine *engine, uint32_t number, size_t size) {
    struct build build = build_module(), section = {};
    BUILD(&section, 1, 'n');
    build_repeat(&section, 0, size / 2);
    build_bytes(&section, &number, sizeof number);
    build_repeat(&section, 0, size / 2);
    build_section(&build, 0, &section);
    struct module *module = open_bytes(engine, build.bytes, build.size, MEMORY_GUARD, false);
    build_free(&section);
    build_free(&build);
    return module;
}

static status_t publish(struct module *module, uint32_t defined, const void *bytes, uint32_t size) {
    struct code_draft draft = {.bytes = bytes, .size = size};
    return code_publish(module, module->imported_functions + defined, &draft);
}

/* The second time nothing is made and the code is there; another mode is another module. */
static void test_again(void) {
    struct engine *engine = create(LIMIT);
    const struct engine_statistics *statistics = engine_statistics_get(engine);
    static const uint8_t code[] = {0xC3};
    uint8_t *copy = malloc(sizeof all_wasm);
    memcpy(copy, all_wasm, sizeof all_wasm);
    struct module *first = open_bytes(engine, copy, sizeof all_wasm, MEMORY_GUARD, false);
    CHECK(publish(first, 0, code, sizeof code) == OK);
    const void *slot = atomic_load(&first->slots[0]);
    uint64_t validated = statistics->validated_bytes;
    module_close(first);
    free(copy); /* the cache has its own */
    struct module *again = open_bytes(engine, all_wasm, sizeof all_wasm, MEMORY_GUARD, true);
    CHECK(again == first && atomic_load(&again->slots[0]) == slot);
    CHECK(statistics->cache_hits == 1 && statistics->cache_misses == 1);
    CHECK(statistics->validated_bytes == validated && validated > 0);
    struct module *other = open_bytes(engine, all_wasm, sizeof all_wasm, MEMORY_CHECKED, true);
    CHECK(other != first && statistics->cache_misses == 2);
    module_close(other);
    module_close(again);
    engine_destroy(engine);
}

/* Equal where the key looks, and not the same: only comparing tells. */
static void test_alike(void) {
    struct engine *engine = create(1 << 20);
    struct module *modules[3];
    for (uint32_t i = 0; i < 3; i++) {
        struct build build = build_module(), section = {};
        BUILD(&section, 1, 'n');
        build_repeat(&section, 0, 1000);
        build_byte(&section, (uint8_t)i);
        build_repeat(&section, 0, 5000);
        build_section(&build, 0, &section);
        modules[i] = open_bytes(engine, build.bytes, build.size, MEMORY_GUARD, false);
        CHECK(memcmp(modules[i]->bytes, build.bytes, build.size) == 0);
        CHECK(open_bytes(engine, build.bytes, build.size, MEMORY_GUARD, false) == modules[i]);
        module_close(modules[i]);
        build_free(&section);
        build_free(&build);
    }
    CHECK(modules[0] != modules[1] && modules[1] != modules[2] && modules[0] != modules[2]);
    for (uint32_t i = 0; i < 3; i++) {
        module_close(modules[i]);
    }
    CHECK(engine_statistics_get(engine)->cache_evictions == 0);
    engine_destroy(engine);
}

/* The oldest unused goes first, the bytes stay within the limit, what is open stays. */
static void test_limit(void) {
    struct engine *engine = create(LIMIT);
    const struct engine_statistics *statistics = engine_statistics_get(engine);
    struct module *held = open_number(engine, 1000, 4000);
    for (uint32_t i = 0; i < 100; i++) {
        module_close(open_number(engine, i, 10000));
        CHECK(engine->cache.kept <= LIMIT);
        module_close(open_number(engine, 0, 10000)); /* never the oldest */
    }
    CHECK(statistics->cache_misses == 101 && statistics->cache_hits == 100);
    CHECK(statistics->cache_evictions > 70);
    module_close(open_number(engine, 99, 10000));
    CHECK(statistics->cache_hits == 101);
    module_close(open_number(engine, 1, 10000));
    CHECK(statistics->cache_misses == 102);
    struct module *same = open_number(engine, 1000, 4000);
    CHECK(same == held);
    module_close(same);
    module_close(held);
    engine_destroy(engine);
}

/* Code that nobody runs makes room for code that somebody needs; code in use stays. */
static void test_code_space(void) {
    struct engine *engine = create(1 << 20);
    static const uint8_t code[20000] = {};
    struct module *modules[4];
    for (uint32_t i = 0; i < 4; i++) {
        struct build build = build_module();
        build_bytes(&build, all_wasm + 8, sizeof all_wasm - 8);
        build_bytes(&build, (const uint8_t[]){0, 2, 1, (uint8_t)('a' + i)}, 4);
        modules[i] = open_bytes(engine, build.bytes, build.size, MEMORY_GUARD, false);
        build_free(&build);
    }
    CHECK(publish(modules[0], 0, code, sizeof code) == OK);
    CHECK(publish(modules[1], 0, code, sizeof code) == OK);
    CHECK(publish(modules[2], 0, code, sizeof code) == ERR_NO_SPACE);
    module_close(modules[0]);
    CHECK(publish(modules[2], 0, code, sizeof code) == OK);
    CHECK(engine_statistics_get(engine)->cache_evictions == 1);
    CHECK(publish(modules[3], 0, code, sizeof code) == ERR_NO_SPACE);
    CHECK(code_find(engine, (uintptr_t)atomic_load(&modules[1]->slots[0]))->module == modules[1]);
    for (uint32_t i = 1; i < 4; i++) {
        module_close(modules[i]);
    }
    engine_destroy(engine);
}

static void *open_often(void *data) {
    struct engine *engine = data;
    static const uint8_t code[100] = {0xC3};
    for (uint32_t i = 0; i < 300; i++) {
        struct module *module = open_number(engine, i % 7, 20000);
        struct module *all = open_bytes(engine, all_wasm, sizeof all_wasm, MEMORY_GUARD, true);
        if (publish(all, i % 3, code, sizeof code) == OK) {
            const struct code *found =
                code_find(engine, (uintptr_t)atomic_load(&all->slots[i % 3]));
            CHECK(found != nullptr && found->module == all);
        }
        module_close(all);
        module_close(module);
    }
    return nullptr;
}

static void test_threads(void) {
    struct engine *engine = create(100 * 1024);
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], nullptr, open_often, engine) == 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        CHECK(pthread_join(threads[i], nullptr) == 0);
    }
    const struct engine_statistics *statistics = engine_statistics_get(engine);
    CHECK(statistics->cache_hits + statistics->cache_misses == 2400);
    while (cache_evict(engine)) {
    }
    CHECK(engine->cache.kept == 0 && engine->arena.used == 0);
    engine_destroy(engine);
}

/* What is refused leaves nothing, and is refused again. */
static void test_refused(void) {
    struct engine *engine = create(LIMIT);
    for (unsigned i = 0; i < 2; i++) {
        const struct module_source source = {"\0asm\2\0\0\0", 8, MEMORY_GUARD, false};
        struct module_error error;
        struct module *module = nullptr;
        CHECK(module_open(engine, &source, &error, &module) == ERR_CORRUPT);
    }
    CHECK(engine_statistics_get(engine)->cache_misses == 2);
    engine_destroy(engine);
}

int main(void) {
    test_again();
    test_alike();
    test_limit();
    test_code_space();
    test_threads();
    test_refused();
    return check_finish("engine/cache");
}
