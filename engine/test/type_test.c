/* SPDX-License-Identifier: MIT */
/*
 * Interned types come and go: many, in any order, held several times, from several cores, and with
 * the modules that name them; nothing stays behind.
 */
#include "engine.h"
#include <pthread.h>
#include <stdlib.h>
#include <test/check.h>

constexpr uint32_t MANY = 60'000;
constexpr uint32_t LETTERS = 10; /* parameters: enough for as many types */

static const enum value_type kinds[] = {TYPE_I32, TYPE_I64, TYPE_F32, TYPE_F64};

/* The number's digits to the base of four as parameters. */
static const struct function_type *intern(struct engine *engine, uint32_t number) {
    enum value_type parameters[LETTERS];
    for (uint32_t i = 0; i < LETTERS; i++) {
        parameters[i] = kinds[number >> 2 * i & 3];
    }
    return engine_type_intern(engine, LETTERS, parameters, number % 2, kinds);
}

static uint32_t longest_chain(const struct type_table *table) {
    uint32_t longest = 0;
    for (uint32_t bucket = 0; bucket < TYPE_BUCKETS_MIN; bucket++) {
        uint32_t length = 0;
        for (const struct type_entry *at = table->segments[0][bucket]; at != nullptr;
             at = at->next) {
            length++;
        }
        longest = length > longest ? length : longest;
    }
    return longest;
}

static void check_empty(const struct engine *engine) {
    CHECK(engine->types.count == 0 && engine->types.buckets == TYPE_BUCKETS_MIN);
    CHECK(engine->types.segments[3] == nullptr && engine->types.segments[12] == nullptr);
}

/* Taken in order, given back in another. */
static void test_orders(struct engine *engine) {
    static const uint32_t steps[] = {1, MANY - 1, 7919};
    static const struct function_type *types[MANY];
    for (uint32_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
        for (uint32_t i = 0; i < MANY; i++) {
            types[i] = intern(engine, i);
        }
        CHECK(engine->types.count == MANY && longest_chain(&engine->types) < 16);
        for (uint32_t i = 0; i < MANY; i += 97) {
            CHECK(intern(engine, i) == types[i]);
            engine_type_release(engine, types[i]);
        }
        for (uint32_t i = 0, at = 0; i < MANY; i++, at = (at + steps[s]) % MANY) {
            engine_type_release(engine, types[at]);
        }
        check_empty(engine);
    }
}

/* The number goes up and down where a segment ends. */
static void test_edge(struct engine *engine) {
    const struct function_type *types[TYPE_BUCKETS_MIN * 4];
    uint32_t held = TYPE_BUCKETS_MIN * 2;
    for (uint32_t i = 0; i < held; i++) {
        types[i] = intern(engine, i);
    }
    for (uint32_t round = 0; round < 1000; round++) {
        for (uint32_t i = 0; i < 4; i++) {
            types[held] = intern(engine, held);
            held++;
        }
        for (uint32_t i = 0; i < 4; i++) {
            engine_type_release(engine, types[--held]);
        }
    }
    while (held > 0) {
        engine_type_release(engine, types[--held]);
    }
    check_empty(engine);
}

static void *work(void *data) {
    struct engine *engine = data;
    bool good = true;
    for (uint32_t round = 0; round < 20; round++) {
        const struct function_type *types[500];
        for (uint32_t i = 0; i < 500; i++) {
            types[i] = intern(engine, i * 37 % 1000);
        }
        for (uint32_t i = 0; i < 500; i++) {
            good &= types[i]->parameters[0] == kinds[i * 37 % 1000 & 3];
            engine_type_release(engine, types[i]);
        }
    }
    return good ? data : nullptr;
}

static void test_cores(struct engine *engine) {
    pthread_t threads[4];
    for (uint32_t i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], nullptr, work, engine) == 0);
    }
    for (uint32_t i = 0; i < 4; i++) {
        void *result;
        CHECK(pthread_join(threads[i], &result) == 0 && result != nullptr);
    }
    check_empty(engine);
}

constexpr uint32_t TYPES = 9; /* so that the section's size takes one byte */

/* A module of types that no other has; unless `good`, the last of them is malformed. */
static size_t module_write(uint8_t *to, uint32_t number, bool good) {
    static const uint8_t start[] = {0,    'a', 's', 'm', 1, 0, 0, 0, 1, TYPES * (3 + LETTERS) + 1,
                                    TYPES};
    memcpy(to, start, sizeof start);
    uint8_t *at = to + sizeof start;
    for (uint32_t i = 0; i < TYPES; i++) {
        *at++ = i + 1 < TYPES || good ? 0x60 : 0x61;
        *at++ = LETTERS;
        for (uint32_t digit = 0; digit < LETTERS; digit++) {
            *at++ = kinds[(TYPES * number + i) >> 2 * digit & 3];
        }
        *at++ = 0;
    }
    return (size_t)(at - to);
}

static void test_modules(struct engine *engine) {
    uint8_t bytes[256];
    bool good = true;
    for (uint32_t number = 0; number < 100'000; number++) {
        struct module_error error;
        struct module *module;
        size_t size = module_write(bytes, number, number % 3 != 0);
        status_t status = module_create(engine, bytes, size, MEMORY_GUARD, &error, &module);
        good &= (status == OK) == (number % 3 != 0);
        if (status == OK) {
            good &= module->type_count == TYPES && engine->types.count == TYPES;
            module_destroy(module);
        }
    }
    CHECK(good);
    check_empty(engine);
}

int main(void) {
    struct engine *engine = test_engine();
    test_orders(engine);
    test_edge(engine);
    test_cores(engine);
    test_modules(engine);
    engine_destroy(engine);
    return check_finish("engine types");
}
