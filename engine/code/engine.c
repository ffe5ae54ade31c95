/* SPDX-License-Identifier: MIT */
/*
 * The engine: interned function types, and what is made once. Types live as long as the engine; any
 * number of cores may intern at once without a lock.
 */
#include <base/ensure.h>
#include <base/hash.h>
#include <engine/private.h>

/* A type that is looked for: its values in one array, as in an entry. */
struct type_key {
    uint32_t parameter_count, result_count;
    const enum value_type *values;
};

static bool type_equal(const struct trie_node *node, const void *key) {
    const struct function_type *type = &((const struct type_entry *)node)->type;
    const struct type_key *wanted = key;
    return type->parameter_count == wanted->parameter_count &&
           type->result_count == wanted->result_count &&
           memcmp(type->parameters, wanted->values,
                  (size_t)wanted->parameter_count + wanted->result_count) == 0;
}

static size_t entry_size(uint32_t parameter_count, uint32_t result_count) {
    return sizeof(struct type_entry) + parameter_count + result_count;
}

static struct type_entry *entry_create(uint32_t parameter_count, const enum value_type *parameters,
                                       uint32_t result_count, const enum value_type *results) {
    size_t size = entry_size(parameter_count, result_count);
    struct type_entry *entry = port_allocate(size);
    if (entry == nullptr) {
        return nullptr;
    }
    memset(entry, 0, size);
    entry->type = (struct function_type){parameter_count, result_count, entry->values,
                                         entry->values + parameter_count};
    if (parameter_count > 0) {
        memcpy(entry->values, parameters, parameter_count);
    }
    if (result_count > 0) {
        memcpy(entry->values + parameter_count, results, result_count);
    }
    uint64_t hash = hash_bytes(entry->values, (size_t)parameter_count + result_count);
    entry->node.hash = hash ^ parameter_count * UINT64_C(0x9E37'79B9'7F4A'7C15);
    return entry;
}

static void entry_destroy(struct type_entry *entry) {
    port_release(entry, entry_size(entry->type.parameter_count, entry->type.result_count));
}

const struct function_type *engine_type_intern(struct engine *engine, uint32_t parameter_count,
                                               const enum value_type *parameters,
                                               uint32_t result_count,
                                               const enum value_type *results) {
    struct type_entry *entry = entry_create(parameter_count, parameters, result_count, results);
    if (entry == nullptr) {
        return nullptr;
    }
    struct type_key key = {parameter_count, result_count, entry->values};
    struct trie_node *node = trie_insert(&engine->types, &entry->node, type_equal, &key);
    struct type_entry *interned = (struct type_entry *)node;
    if (interned != entry) {
        entry_destroy(entry);
        return &interned->type;
    }
    entry->next = atomic_load(&engine->type_list);
    while (!atomic_compare_exchange_weak(&engine->type_list, &entry->next, entry)) {
    }
    return &entry->type;
}

/* One letter of a signature; TYPE_ANY: no such letter. */
static enum value_type letter_type(char letter) {
    switch (letter) {
    case 'i':
        return TYPE_I32;
    case 'I':
        return TYPE_I64;
    case 'f':
        return TYPE_F32;
    case 'F':
        return TYPE_F64;
    case 'r':
        return TYPE_FUNCREF;
    case 'R':
        return TYPE_EXTERNREF;
    default:
        return TYPE_ANY;
    }
}

constexpr size_t LETTERS_MAX = 32;

static uint32_t parse_letters(const char *letters, enum value_type *types) {
    size_t count = strlen(letters);
    ensure(count <= LETTERS_MAX);
    for (size_t i = 0; i < count; i++) {
        types[i] = letter_type(letters[i]);
        ensure(types[i] != TYPE_ANY);
    }
    return (uint32_t)count;
}

const struct function_type *engine_type_parse(struct engine *engine, const char *parameters,
                                              const char *results) {
    enum value_type parameter_types[LETTERS_MAX], result_types[LETTERS_MAX];
    uint32_t parameter_count = parse_letters(parameters, parameter_types);
    uint32_t result_count = parse_letters(results, result_types);
    return engine_type_intern(engine, parameter_count, parameter_types, result_count, result_types);
}

status_t engine_create(const struct engine_config *config, struct engine **out) {
    struct engine *engine = port_allocate(sizeof *engine);
    if (engine == nullptr) {
        return ERR_NO_MEMORY;
    }
    *engine = (struct engine){.target = config->target,
                              .cpu_features = config->cpu_features,
                              .checked_pages_max = config->checked_pages_max,
                              .cache = {.limit = config->cache_size}};
    status_t status = code_arena_init(&engine->arena, config->code_size);
    if (status != OK) {
        goto fail_arena;
    }
    status = stubs_create(engine);
    if (status != OK) {
        goto fail_stubs;
    }
    *out = engine;
    return OK;

fail_stubs:
    code_arena_fini(&engine->arena);
fail_arena:
    port_release(engine, sizeof *engine);
    return status;
}

void engine_destroy(struct engine *engine) {
    while (cache_evict(engine)) {
    }
    regions_release(engine);
    stubs_destroy(engine);
    code_arena_fini(&engine->arena);
    struct type_entry *entry = atomic_load(&engine->type_list);
    while (entry != nullptr) {
        struct type_entry *next = entry->next;
        entry_destroy(entry);
        entry = next;
    }
    port_release(engine, sizeof *engine);
}

const struct engine_statistics *engine_statistics_get(const struct engine *engine) {
    return &engine->statistics;
}

bool engine_owns(const struct engine *engine, uintptr_t pc) {
    return pc - (uintptr_t)engine->arena.base < engine->arena.size;
}
