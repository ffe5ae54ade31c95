/* SPDX-License-Identifier: MIT */
/*
 * Extensions, as device trees name them: riscv,isa-extensions is a list of texts; riscv,isa is one
 * text, "rv64imafdc_zba_svpbmt", in which those of several letters follow underscores. What no tree
 * names is taken to be missing.
 *
 * Source: Linux, Documentation/devicetree/bindings/riscv/extensions.yaml.
 */
#include "isa.h"

bool isa_names(struct text list, char separator, struct text name) {
    size_t start = 0;
    for (size_t at = 0; at <= list.size; at++) {
        if (at == list.size || list.bytes[at] == separator) {
            if (text_equal((struct text){list.bytes + start, at - start}, name)) {
                return true;
            }
            start = at + 1;
        }
    }
    return false;
}

struct search {
    const struct device_tree *tree;
    struct text name;
    unsigned with, without;
};

static bool cpu_names(const struct search *search, device_node_t node) {
    struct bytes list;
    struct text isa;
    if (device_tree_property(search->tree, node, "riscv,isa-extensions", &list)) {
        struct text texts = {(const char *)list.at, bytes_left(&list)};
        return isa_names(texts, 0, search->name);
    }
    return device_tree_text(search->tree, node, "riscv,isa", &isa) &&
           isa_names(isa, '_', search->name);
}

static void look(void *data, device_node_t node, uint64_t id) {
    struct search *search = data;
    bool named = cpu_names(search, node);
    search->with += named;
    search->without += !named;
}

bool isa_everywhere(const struct device_tree *tree, struct text name) {
    struct search search = {.tree = tree, .name = name};
    device_tree_visit_cpus(tree, look, &search);
    return search.with > 0 && search.without == 0;
}
