/* SPDX-License-Identifier: MIT */
/* Exports by name: a trie over the hashes of the names, in the module's pool. */
#include <base/hash.h>
#include <engine/private.h>

struct export_node {
    struct trie_node node; /* first */
    const struct export *export;
};

static bool name_equal(const struct trie_node *node, const void *key) {
    const struct text *name = key;
    return text_equal(((const struct export_node *)node)->export->name, *name);
}

status_t module_exports_index(struct module_record *record, uint32_t *duplicate) {
    const struct module *module = &record->module;
    struct export_node *nodes = pool_allocate(&record->pool, module->export_count, sizeof *nodes);
    if (nodes == nullptr) {
        return ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < module->export_count; i++) {
        const struct text *name = &module->exports[i].name;
        nodes[i].export = &module->exports[i];
        nodes[i].node.hash = hash_bytes(name->bytes, name->size);
        if (trie_insert(&record->exports, &nodes[i].node, name_equal, name) != &nodes[i].node) {
            *duplicate = i;
            return ERR_EXISTS;
        }
    }
    return OK;
}

const struct export *module_export_find(const struct module *module, struct text name) {
    const struct module_record *record = (const struct module_record *)module;
    uint64_t hash = hash_bytes(name.bytes, name.size);
    const struct trie_node *node = trie_find(&record->exports, hash, name_equal, &name);
    return node != nullptr ? ((const struct export_node *)node)->export : nullptr;
}
