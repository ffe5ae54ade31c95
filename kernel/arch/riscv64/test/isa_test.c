/* SPDX-License-Identifier: MIT */
/* Which extensions CPUs are said to have: by either property, by all of them or not. */
#include "../isa.h"
#include <test/check.h>

constexpr unsigned CPUS = 2;
static struct {
    const char *isa; /* NULL: none */
    const char *list;
    size_t list_size;
} cpus[CPUS];
static unsigned count;

bool device_tree_property(const struct device_tree *tree, device_node_t node, const char *name,
                          struct bytes *out) {
    if (cpus[node].list == nullptr) {
        return false;
    }
    *out = bytes_init(cpus[node].list, cpus[node].list_size);
    return true;
}

bool device_tree_text(const struct device_tree *tree, device_node_t node, const char *name,
                      struct text *out) {
    *out = cpus[node].isa != nullptr ? text_of(cpus[node].isa) : (struct text){};
    return cpus[node].isa != nullptr;
}

void device_tree_visit_cpus(const struct device_tree *tree, device_cpu_visit *visit, void *data) {
    for (unsigned i = 0; i < count; i++) {
        visit(data, (device_node_t)i, i);
    }
}

static bool has(const char *name) {
    static const struct device_tree tree;
    return isa_everywhere(&tree, text_of(name));
}

static void test_text(void) {
    count = 1;
    cpus[0].isa = "rv64imafdc_zicsr_svpbmt_sstc";
    CHECK(has("svpbmt") && has("sstc") && has("zicsr"));
    CHECK(!has("svpbm") && !has("pbmt") && !has("svpbmt_") && !has("zba"));
    cpus[0].isa = "";
    CHECK(!has("svpbmt"));
    cpus[0].isa = nullptr;
    CHECK(!has("svpbmt"));
}

/* The list counts where there is one; its last text need not end. */
static void test_list(void) {
    count = 1;
    cpus[0].isa = "rv64imafdc_svpbmt";
    cpus[0].list = "i\0m\0svpbmt\0zba";
    cpus[0].list_size = 14;
    CHECK(has("svpbmt") && has("zba") && has("i") && !has("zb"));
    cpus[0].list_size = 4;
    CHECK(!has("svpbmt"));
    cpus[0].list = nullptr;
}

static void test_all(void) {
    cpus[0].isa = cpus[1].isa = "rv64gc_svpbmt";
    count = 2;
    CHECK(has("svpbmt"));
    cpus[1].isa = "rv64gc";
    CHECK(!has("svpbmt"));
    count = 0;
    CHECK(!has("svpbmt"));
}

int main(void) {
    test_text();
    test_list();
    test_all();
    return check_finish("isa");
}
