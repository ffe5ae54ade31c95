/* SPDX-License-Identifier: MIT */
/*
 * The reader of device trees over one that dtc made, and over 60,000 damaged copies of it: in
 * memory of exactly their size, so that a read beyond it is found.
 */
#include <stdlib.h>
#include <string.h>
#include <test/check.h>
#include <tree/device_tree.h>

extern const uint8_t machine_blob[], machine_blob_end[];

static struct device_tree tree;

static size_t blob_size(void) {
    return (size_t)(machine_blob_end - machine_blob);
}

static device_node_t path(const char *name) {
    return device_tree_find_path(&tree, text_of(name));
}

static void test_nodes(void) {
    device_node_t serial = path("/soc/bus@40000000/serial@100");
    CHECK(serial > 0 && path("/soc/bus/serial") == serial && path("/") == DEVICE_NODE_ROOT);
    CHECK(path("/soc/none") < 0 && path("") < 0 && path("soc") < 0);
    CHECK(device_tree_find_console(&tree) == serial);
    CHECK(device_tree_parent(&tree, serial) == path("/soc/bus"));
    CHECK(device_tree_parent(&tree, DEVICE_NODE_ROOT) < 0);
    device_node_t first = device_tree_find_compatible(&tree, DEVICE_NODE_NONE, "ns16550a");
    device_node_t second = device_tree_find_compatible(&tree, first, "ns16550a");
    CHECK(first == serial && second == path("/soc/serial@300")); /* without the one switched off */
    CHECK(device_tree_find_compatible(&tree, second, "ns16550a") < 0);
    CHECK(device_tree_is_compatible(&tree, path("/soc/plic"), "riscv,plic0"));
    CHECK(!device_tree_is_compatible(&tree, path("/soc/plic"), "riscv,plic"));
}

static void test_properties(void) {
    uint64_t number;
    struct text text;
    struct bytes bytes;
    CHECK(device_tree_number(&tree, path("/cpus"), "timebase-frequency", &number) &&
          number == 10'000'000);
    CHECK(!device_tree_number(&tree, path("/cpus"), "timebase", &number));
    CHECK(!device_tree_number(&tree, path("/memory@80000000"), "reg", &number));
    CHECK(device_tree_text(&tree, path("/memory@80000000"), "device_type", &text) &&
          text_equal(text, text_of("memory")));
    CHECK(!device_tree_text(&tree, path("/memory@80000000"), "reg2", &text));
    CHECK(device_tree_property(&tree, path("/soc"), "ranges", &bytes) && bytes_left(&bytes) == 0);
    CHECK(!device_tree_property(&tree, DEVICE_NODE_NONE, "ranges", &bytes));
}

static void test_regions(void) {
    struct device_region region;
    device_node_t serial = path("/soc/bus/serial");
    CHECK(device_tree_region(&tree, serial, 0, &region) && region.address == 0x1'4000'0100 &&
          region.size == 0x10);
    CHECK(device_tree_region(&tree, serial, 1, &region) && region.address == 0x1'5000'0000);
    CHECK(!device_tree_region(&tree, serial, 2, &region));
    CHECK(!device_tree_region(&tree, serial, UINT32_MAX, &region));
    CHECK(!device_tree_region(&tree, path("/soc/bus/outside"), 0, &region));
    CHECK(!device_tree_region(&tree, path("/soc/bus/outside"), 1, &region)); /* ends outside */
    CHECK(!device_tree_region(&tree, path("/soc/closed/inside"), 0, &region));
    CHECK(device_tree_region(&tree, path("/soc/plic"), 0, &region) && region.address == 0xC00'0000);
}

struct list {
    unsigned count;
    uint64_t values[16];
};

static void add(struct list *list, uint64_t value) {
    if (list->count < 16) {
        list->values[list->count++] = value;
    }
}

static void add_region(void *data, const struct device_region *region) {
    add(data, region->address);
    add(data, region->size);
}

static void add_cpu(void *data, device_node_t node, uint64_t id) {
    CHECK(device_tree_is_compatible(&tree, node, "riscv"));
    add(data, id);
}

static bool add_interrupt(void *data, const struct device_interrupt *interrupt) {
    add(data, (uint64_t)device_tree_parent(&tree, interrupt->controller));
    add(data, interrupt->cells[0]);
    return true;
}

static bool equals(const struct list *list, const uint64_t *values, unsigned count) {
    return list->count == count && memcmp(list->values, values, count * sizeof(*values)) == 0;
}

static void test_visits(void) {
    struct list memory = {0}, reserved = {0}, cpus = {0};
    device_tree_visit_memory(&tree, add_region, &memory);
    CHECK(equals(&memory,
                 (uint64_t[]){0x8000'0000, 0x1000'0000, 0x1'0000'0000, 0x800'0000, 0x2'0000'0000,
                              0x100'0000},
                 6));
    device_tree_visit_reserved(&tree, add_region, &reserved);
    CHECK(equals(&reserved,
                 (uint64_t[]){0x8000'0000, 0x20'0000, 0x9000'0000, 0x1000, 0x8000'0000, 0x4'0000},
                 6));
    device_tree_visit_cpus(&tree, add_cpu, &cpus);
    CHECK(equals(&cpus, (uint64_t[]){0, 2}, 2));
}

static void test_interrupts(void) {
    struct device_interrupt interrupt;
    CHECK(device_tree_interrupt(&tree, path("/soc/bus/serial"), &interrupt));
    CHECK(interrupt.controller == path("/soc/plic") && interrupt.cell_count == 2);
    CHECK(interrupt.cells[0] == 10 && interrupt.cells[1] == 4);
    CHECK(!device_tree_interrupt(&tree, path("/soc/serial@300"), &interrupt));
    struct list list = {0};
    device_tree_visit_interrupts(&tree, path("/soc/plic"), add_interrupt, &list);
    uint64_t zero = (uint64_t)path("/cpus/cpu@0"), two = (uint64_t)path("/cpus/cpu@2");
    CHECK(equals(&list, (uint64_t[]){zero, 11, zero, 9, two, 11, two, 9}, 8));
}

/* ---- damage ---- */

static uint64_t state = 42;

static uint32_t below(uint32_t limit) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545'F491'4F6C'DD1D) >> 33) % limit;
}

static void ignore_region(void *data, const struct device_region *region) {
    CHECK(region->address <= UINT64_MAX - (region->size - 1));
}

static void ignore_cpu(void *data, device_node_t node, uint64_t id) {
}

static bool ignore_interrupt(void *data, const struct device_interrupt *interrupt) {
    return true;
}

static void ask_node(const struct device_tree *of, device_node_t node) {
    struct device_region region;
    struct device_interrupt interrupt;
    struct text text;
    (void)device_tree_region(of, node, below(3), &region);
    (void)device_tree_interrupt(of, node, &interrupt);
    (void)device_tree_text(of, node, "compatible", &text);
    device_tree_visit_interrupts(of, node, ignore_interrupt, nullptr);
    (void)device_tree_parent(of, node);
}

/* Everything that can be asked. */
static void ask(const struct device_tree *of) {
    static const char *const kinds[] = {"ns16550a", "riscv,plic0", "simple-bus", "lost"};
    for (unsigned i = 0; i < 4; i++) {
        device_node_t node = DEVICE_NODE_NONE;
        while ((node = device_tree_find_compatible(of, node, kinds[i])) >= 0) {
            ask_node(of, node);
        }
    }
    ask_node(of, device_tree_find_console(of));
    ask_node(of, device_tree_find_path(of, text_of("/cpus/cpu@0/interrupt-controller")));
    device_tree_visit_memory(of, ignore_region, nullptr);
    device_tree_visit_reserved(of, ignore_region, nullptr);
    device_tree_visit_cpus(of, ignore_cpu, nullptr);
}

/* Bytes, words, or a whole tag changed; now and then the end cut off. */
static void damage(uint8_t *bytes, size_t size) {
    for (uint32_t n = below(4); n > 0; n--) {
        size_t at = below(4) == 0 ? below(40) : below((uint32_t)size);
        if (below(2) == 0) {
            bytes[at] = (uint8_t)below(256);
        } else {
            static const uint8_t words[] = {0, 1, 2, 3, 4, 9, 0xFF, 0x80};
            at = (at < size - 4 ? at : size - 4) & ~(size_t)3;
            memset(bytes + at, below(3) == 0 ? 0xFF : 0, 4);
            bytes[at + 3] = words[below(8)];
        }
    }
}

static void test_damage(void) {
    unsigned sound = 0, refused = 0;
    for (unsigned round = 0; round < 60'000; round++) {
        size_t size = below(16) == 0 ? below((uint32_t)blob_size()) : blob_size();
        uint8_t *copy = malloc(size);
        memcpy(copy, machine_blob, size);
        if (size > 40) {
            damage(copy, size);
        }
        struct device_tree damaged;
        if (device_tree_init(&damaged, copy, size)) {
            ask(&damaged);
            sound++;
        } else {
            refused++;
        }
        free(copy);
    }
    CHECK(sound > 10'000 && refused > 10'000);
}

int main(void) {
    uint8_t *copy = malloc(blob_size());
    memcpy(copy, machine_blob, blob_size());
    CHECK(device_tree_measure(copy) == blob_size());
    CHECK(device_tree_init(&tree, copy, blob_size()));
    CHECK(!device_tree_init(&(struct device_tree){0}, copy, blob_size() - 1));
    CHECK(!device_tree_init(&(struct device_tree){0}, copy + 4, blob_size() - 4));
    test_nodes();
    test_properties();
    test_regions();
    test_visits();
    test_interrupts();
    test_damage();
    free(copy);
    return check_finish("tree");
}
