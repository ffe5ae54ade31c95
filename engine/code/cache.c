/* SPDX-License-Identifier: MIT */
/*
 * The cache of modules: decoded, validated, with the code that was compiled, shared by all who open
 * the same bytes in the same mode, validated at the same time.
 *
 * What is the same is decided by comparing all bytes with those that the module borrows; a hash of
 * a few of them only finds candidates, so a module made to collide gains nothing. An entry with
 * users is pinned. One without is kept among the unused, by age, as long as their bytes are within
 * the limit, and destroyed oldest first when they are not or when code space runs out.
 *
 * cache->lock guards the buckets, the list, the users and the counts. A candidate is pinned before
 * its bytes are compared, so that this needs no lock. Modules are made and destroyed without it.
 */
#include <base/hash.h>
#include <engine/private.h>

struct cache_entry {
    struct cache_entry *next;          /* in its bucket */
    struct cache_entry *newer, *older; /* among the unused */
    struct module *module;
    void *copy; /* of the bytes; NULL: borrowed from who opened it first */
    uint64_t key;
    size_t cost; /* bytes, while unused */
    uint32_t users;
};

static void count(uint64_t *counter) {
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* Of size, mode, and samples of the bytes: only to find candidates. */
static uint64_t key_of(const struct module_source *source) {
    constexpr size_t SAMPLE = 512;
    struct {
        uint64_t size, mode, later;
        uint8_t first[SAMPLE], middle[SAMPLE], last[SAMPLE];
    } sample = {.size = source->size, .mode = source->memory_mode, .later = source->bodies_later};
    const uint8_t *bytes = source->bytes;
    if (source->size < SAMPLE) {
        memcpy(sample.first, bytes, source->size);
    } else {
        memcpy(sample.first, bytes, SAMPLE);
        memcpy(sample.middle, bytes + (source->size - SAMPLE) / 2, SAMPLE);
        memcpy(sample.last, bytes + source->size - SAMPLE, SAMPLE);
    }
    return hash_bytes(&sample, sizeof sample);
}

static struct cache_entry **bucket_of(struct cache *cache, uint64_t key) {
    return &cache->buckets[key % CACHE_BUCKETS];
}

/* ---- the unused, with the lock held ---- */

static void unused_remove(struct cache *cache, struct cache_entry *entry) {
    *(entry->newer != nullptr ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older != nullptr ? &entry->older->newer : &cache->oldest) = entry->newer;
    cache->kept -= entry->cost;
}

static void unused_add(struct cache *cache, struct cache_entry *entry) {
    const struct module_record *record = (const struct module_record *)entry->module;
    entry->cost = sizeof *entry + sizeof *record + record->pool.size + record->room.size +
                  record->code_records + (entry->copy != nullptr ? record->module.size : 0);
    entry->newer = nullptr;
    entry->older = cache->newest;
    *(cache->newest != nullptr ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
    cache->kept += entry->cost;
}

static void bucket_remove(struct cache *cache, const struct cache_entry *entry) {
    struct cache_entry **place = bucket_of(cache, entry->key);
    while (*place != entry) {
        place = &(*place)->next;
    }
    *place = entry->next;
}

static struct cache_entry *oldest_take(struct cache *cache) {
    struct cache_entry *entry = cache->oldest;
    if (entry != nullptr) {
        unused_remove(cache, entry);
        bucket_remove(cache, entry);
    }
    return entry;
}

static void pin(struct cache *cache, struct cache_entry *entry) {
    if (entry->users++ == 0) {
        unused_remove(cache, entry);
    }
}

/* ---- entries ---- */

static void entry_destroy(struct cache_entry *entry) {
    void *copy = entry->copy;
    size_t size = 0;
    if (entry->module != nullptr) {
        size = entry->module->size;
        module_destroy(entry->module);
    }
    if (copy != nullptr) {
        port_release(copy, size);
    }
    port_release(entry, sizeof *entry);
}

bool cache_evict(struct engine *engine) {
    spin_take(&engine->cache.lock);
    struct cache_entry *entry = oldest_take(&engine->cache);
    spin_give(&engine->cache.lock);
    if (entry == nullptr) {
        return false;
    }
    entry_destroy(entry);
    count(&engine->statistics.cache_evictions);
    return true;
}

static void entry_close(struct engine *engine, struct cache_entry *entry) {
    struct cache *cache = &engine->cache;
    spin_take(&cache->lock);
    if (--entry->users == 0) {
        unused_add(cache, entry);
    }
    bool over = cache->kept > cache->limit;
    spin_give(&cache->lock);
    while (over && cache_evict(engine)) {
        spin_take(&cache->lock);
        over = cache->kept > cache->limit;
        spin_give(&cache->lock);
    }
}

static bool same(const struct module *module, const struct module_source *source) {
    return module->bytes == source->bytes ||
           memcmp(module->bytes, source->bytes, source->size) == 0;
}

/* The first of a bucket's chain from `entry` on that may be it, pinned. The lock is held. */
static struct cache_entry *candidate(struct cache *cache, struct cache_entry *entry, uint64_t key,
                                     const struct module_source *source) {
    for (; entry != nullptr; entry = entry->next) {
        if (entry->key == key && entry->module->size == source->size &&
            entry->module->memory_mode == source->memory_mode &&
            entry->module->bodies_later == source->bodies_later) {
            pin(cache, entry);
            return entry;
        }
    }
    return nullptr;
}

/* The one with these bytes, pinned. Each candidate stays pinned until the next one is, so that the
 * chain can be followed from there. */
static struct cache_entry *find(struct engine *engine, uint64_t key,
                                const struct module_source *source) {
    struct cache *cache = &engine->cache;
    spin_take(&cache->lock);
    struct cache_entry *entry = candidate(cache, *bucket_of(cache, key), key, source);
    spin_give(&cache->lock);
    while (entry != nullptr && !same(entry->module, source)) {
        spin_take(&cache->lock);
        struct cache_entry *next = candidate(cache, entry->next, key, source);
        spin_give(&cache->lock);
        entry_close(engine, entry);
        entry = next;
    }
    return entry;
}

static status_t entry_create(struct engine *engine, const struct module_source *source,
                             struct module_error *error, struct cache_entry **out) {
    struct cache_entry *entry = port_allocate(sizeof *entry);
    if (entry == nullptr) {
        return ERR_NO_MEMORY;
    }
    *entry = (struct cache_entry){.users = 1};
    status_t status = OK;
    struct module_source kept = *source;
    if (!source->stays) {
        kept.bytes = entry->copy = port_allocate(source->size);
        if (entry->copy == nullptr) {
            status = ERR_NO_MEMORY;
            goto fail;
        }
        memcpy(entry->copy, source->bytes, source->size);
    }
    status = module_make(engine, &kept, error, &entry->module);
    if (status != OK) {
        goto fail;
    }
    ((struct module_record *)entry->module)->cached = entry;
    *out = entry;
    return OK;
fail:
    if (entry->copy != nullptr) {
        port_release(entry->copy, source->size);
    }
    port_release(entry, sizeof *entry);
    return status;
}

/* What nobody uses makes room for what somebody needs. */
static status_t create_with_room(struct engine *engine, const struct module_source *source,
                                 struct module_error *error, struct cache_entry **out) {
    status_t status;
    do {
        *error = (struct module_error){.function = UINT32_MAX};
        status = entry_create(engine, source, error, out);
    } while (status == ERR_NO_MEMORY && cache_evict(engine));
    return status;
}

/* Another core that opened the same bytes at the same time may have its own: both are right, and
 * the one that is found first is shared from then on. */
static void insert(struct cache *cache, struct cache_entry *entry, uint64_t key) {
    spin_take(&cache->lock);
    entry->key = key;
    struct cache_entry **bucket = bucket_of(cache, key);
    entry->next = *bucket;
    *bucket = entry;
    spin_give(&cache->lock);
}

status_t module_open(struct engine *engine, const struct module_source *source,
                     struct module_error *error, struct module **out) {
    if (engine->cache.limit == 0) {
        return module_make(engine, source, error, out);
    }
    uint64_t key = key_of(source);
    struct cache_entry *entry = find(engine, key, source);
    if (entry != nullptr) {
        count(&engine->statistics.cache_hits);
        *out = entry->module;
        return OK;
    }
    count(&engine->statistics.cache_misses);
    status_t status = create_with_room(engine, source, error, &entry);
    if (status == OK) {
        insert(&engine->cache, entry, key);
        *out = entry->module;
    }
    return status;
}

void module_close(struct module *module) {
    struct cache_entry *entry = ((struct module_record *)module)->cached;
    if (entry == nullptr) {
        module_destroy(module);
        return;
    }
    entry_close(module->engine, entry);
}
