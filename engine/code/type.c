/* SPDX-License-Identifier: MIT */
/*
 * Interned function types: one object for each type, so that types are compared by their addresses.
 * Modules hold what their type sections name, and give it back; those that were asked for by
 * letters, or that a gate's thunk was made for, stay as long as the engine.
 *
 * They lie in a hash table that grows by one bucket and shrinks by two with each that comes or goes
 * (W. Litwin, "Linear hashing", 1980), so that the lock is held for a few entries' time only. The
 * buckets lie in segments, each as large as all before it, which are made and freed without the
 * lock.
 */
#include <base/ensure.h>
#include <base/hash.h>
#include <engine/private.h>

static uint32_t segment_of(uint32_t bucket) {
    return bucket < TYPE_BUCKETS_MIN ? 0 : 32 - (uint32_t)__builtin_clz(bucket / TYPE_BUCKETS_MIN);
}

static uint32_t segment_first(uint32_t segment) {
    return segment == 0 ? 0 : TYPE_BUCKETS_MIN << (segment - 1);
}

static size_t segment_size(uint32_t segment) {
    uint32_t count = segment == 0 ? TYPE_BUCKETS_MIN : segment_first(segment);
    return count * sizeof(struct type_entry *);
}

static struct type_entry **bucket_at(struct type_table *table, uint32_t bucket) {
    uint32_t segment = segment_of(bucket);
    return &table->segments[segment][bucket - segment_first(segment)];
}

/* The largest power of two that is at most the number of buckets. */
static uint32_t half_of(uint32_t buckets) {
    return UINT32_C(1) << (31 - (uint32_t)__builtin_clz(buckets));
}

static struct type_entry **bucket_of(struct type_table *table, uint64_t hash) {
    uint32_t half = half_of(table->buckets);
    uint32_t bucket = (uint32_t)hash & (2 * half - 1);
    return bucket_at(table, bucket < table->buckets ? bucket : bucket & (half - 1));
}

static void push(struct type_table *table, struct type_entry *entry) {
    struct type_entry **bucket = bucket_of(table, entry->hash);
    entry->next = *bucket;
    *bucket = entry;
}

/* The entries of one bucket are put where they belong now. */
static void spread(struct type_table *table, struct type_entry *entry) {
    while (entry != nullptr) {
        struct type_entry *next = entry->next;
        push(table, entry);
        entry = next;
    }
}

/* One bucket more: half of another one's entries go there. */
static void split(struct type_table *table) {
    struct type_entry **partner = bucket_at(table, table->buckets - half_of(table->buckets));
    struct type_entry *entries = *partner;
    *partner = nullptr;
    *bucket_at(table, table->buckets) = nullptr;
    table->buckets++;
    spread(table, entries);
}

/* One bucket less. */
static void merge(struct type_table *table) {
    table->buckets--;
    spread(table, *bucket_at(table, table->buckets));
}

/* ---- segments, without the lock ---- */

/* Sees to it that the next bucket has a place. When there is no memory the chains get longer. */
static void segment_prepare(struct type_table *table) {
    spin_take(&table->lock);
    uint32_t segment = segment_of(table->buckets);
    bool missing = segment < TYPE_SEGMENTS && table->segments[segment] == nullptr &&
                   table->count >= table->buckets;
    spin_give(&table->lock);
    struct type_entry **made = missing ? port_allocate(segment_size(segment)) : nullptr;
    if (made == nullptr) {
        return;
    }
    memset(made, 0, segment_size(segment));
    spin_take(&table->lock);
    if (table->segments[segment] == nullptr) {
        table->segments[segment] = made;
        made = nullptr;
    }
    spin_give(&table->lock);
    if (made != nullptr) {
        port_release(made, segment_size(segment));
    }
}

/* Takes a segment off that will not be needed soon; NULL: there is none. The lock is held. */
static struct type_entry **segment_take(struct type_table *table, uint32_t *number) {
    uint32_t last = segment_of(table->buckets) + 1; /* one is kept: the number may go up and down */
    *number = last + 1;
    if (*number >= TYPE_SEGMENTS) {
        return nullptr;
    }
    struct type_entry **segment = table->segments[*number];
    table->segments[*number] = nullptr;
    return segment;
}

/* ---- entries ---- */

static bool entry_equal(const struct type_entry *a, const struct type_entry *b) {
    return a->hash == b->hash && a->type.parameter_count == b->type.parameter_count &&
           a->type.result_count == b->type.result_count &&
           memcmp(a->values, b->values, (size_t)a->type.parameter_count + a->type.result_count) ==
               0;
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
    entry->users = 1;
    entry->type = (struct function_type){parameter_count, result_count, entry->values,
                                         entry->values + parameter_count};
    if (parameter_count > 0) {
        memcpy(entry->values, parameters, parameter_count);
    }
    if (result_count > 0) {
        memcpy(entry->values + parameter_count, results, result_count);
    }
    uint64_t hash = hash_bytes(entry->values, (size_t)parameter_count + result_count);
    entry->hash = hash ^ parameter_count * UINT64_C(0x9E37'79B9'7F4A'7C15);
    return entry;
}

static void entry_destroy(struct type_entry *entry) {
    port_release(entry, entry_size(entry->type.parameter_count, entry->type.result_count));
}

/* The one that is there already, held once more; else this one. The lock is held. */
static struct type_entry *entry_insert(struct type_table *table, struct type_entry *entry) {
    for (struct type_entry *at = *bucket_of(table, entry->hash); at != nullptr; at = at->next) {
        if (entry_equal(at, entry)) {
            at->users++;
            return at;
        }
    }
    push(table, entry);
    table->count++;
    uint32_t segment = segment_of(table->buckets);
    if (table->count > table->buckets && segment < TYPE_SEGMENTS &&
        table->segments[segment] != nullptr) {
        split(table);
    }
    return entry;
}

const struct function_type *engine_type_intern(struct engine *engine, uint32_t parameter_count,
                                               const enum value_type *parameters,
                                               uint32_t result_count,
                                               const enum value_type *results) {
    struct type_table *table = &engine->types;
    struct type_entry *entry = entry_create(parameter_count, parameters, result_count, results);
    if (entry == nullptr) {
        return nullptr;
    }
    segment_prepare(table);
    spin_take(&table->lock);
    struct type_entry *interned = entry_insert(table, entry);
    spin_give(&table->lock);
    if (interned != entry) {
        entry_destroy(entry);
    }
    return &interned->type;
}

/* The lock is held. */
static void entry_remove(struct type_table *table, struct type_entry *entry) {
    struct type_entry **at = bucket_of(table, entry->hash);
    while (*at != entry) {
        at = &(*at)->next;
    }
    *at = entry->next;
    table->count--;
    for (int i = 0; i < 2; i++) { /* half as many entries as buckets: so both get fewer as fast */
        if (table->buckets > TYPE_BUCKETS_MIN && table->count < table->buckets / 2) {
            merge(table);
        }
    }
}

void engine_type_release(struct engine *engine, const struct function_type *type) {
    struct type_table *table = &engine->types;
    struct type_entry *entry = type_entry_of(type);
    struct type_entry **segment = nullptr;
    uint32_t number;
    spin_take(&table->lock);
    ensure(entry->users > 0);
    bool goes = --entry->users == 0 && atomic_load(&entry->gate) == nullptr;
    if (goes) {
        entry_remove(table, entry);
        segment = segment_take(table, &number);
    }
    spin_give(&table->lock);
    if (goes) {
        entry_destroy(entry);
    }
    if (segment != nullptr) {
        port_release(segment, segment_size(number));
    }
}

/* ---- by letters ---- */

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

/* ---- the table ---- */

status_t types_init(struct type_table *table) {
    table->buckets = TYPE_BUCKETS_MIN;
    table->segments[0] = port_allocate(segment_size(0));
    if (table->segments[0] == nullptr) {
        return ERR_NO_MEMORY;
    }
    memset(table->segments[0], 0, segment_size(0));
    return OK;
}

void types_fini(struct type_table *table) {
    for (uint32_t bucket = 0; bucket < table->buckets; bucket++) {
        struct type_entry *entry = *bucket_at(table, bucket);
        while (entry != nullptr) {
            struct type_entry *next = entry->next;
            entry_destroy(entry);
            entry = next;
        }
    }
    for (uint32_t segment = 0; segment < TYPE_SEGMENTS; segment++) {
        if (table->segments[segment] != nullptr) {
            port_release(table->segments[segment], segment_size(segment));
        }
    }
}
