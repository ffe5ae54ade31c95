/* SPDX-License-Identifier: MIT */
/*
 * The landing as C sees it: the copy of landing_code.S, its data, and starting cores: by PSCI,
 * where the machine's tables name it, unless they wait at words already (abi/spin.h). What the
 * others read they read without caches, and what they write we forget before we read it.
 */
#include "landing.h"
#include <abi/psci.h>
#include <abi/spin.h>
#include <base/string.h>
#include <boot/landing.h>
#include <boot/pages.h>
#include <boot/tables.h>
#include <tree/device_tree.h>

extern const uint8_t landing_start[], landing_end[], landing_core[], landing_core_0[];

const struct landing_place landing_place = {0, 0};
struct spin_core spin_cores[SPIN_CORES_MAX];
unsigned spin_core_count;

constexpr uint64_t ID_MASK = 0xFF'FFFF;
constexpr unsigned ARRIVAL_MS = 1000;

static uint64_t place; /* where the copy is */

static struct {
    uint64_t ids[LANDING_CORES]; /* of the boot core first */
    unsigned count, wanted;      /* that come, and of those the kernel's, at most */
    enum psci_conduit conduit;
} found;

static uint64_t counter(void) {
    uint64_t value;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value) : : "memory");
    return value;
}

static uint64_t counter_hz(void) {
    uint64_t value;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(value));
    return value;
}

static uint64_t own_id(void) {
    uint64_t id;
    __asm__ volatile("mrs %0, mpidr_el1" : "=r"(id));
    return id & ID_MASK;
}

static volatile uint64_t *word(unsigned offset) {
    return (volatile uint64_t *)(uintptr_t)(place + offset);
}

/* To memory, and out of the cache. */
static void clean(uint64_t address, uint64_t size) {
    uint64_t kinds;
    __asm__ volatile("mrs %0, ctr_el0" : "=r"(kinds));
    uint64_t line = UINT64_C(4) << (kinds >> 16 & 15);
    for (uint64_t at = address & ~(line - 1); at < address + size; at += line) {
        __asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
    }
    __asm__ volatile("dsb sy" : : : "memory");
}

static void core_add(uint64_t id) {
    if (id != found.ids[0] && found.count < LANDING_CORES) {
        found.ids[found.count++] = id;
    }
}

static void cpu_visit(void *data, device_node_t node, uint64_t id) {
    core_add(id & ID_MASK);
}

static void tree_find(const void *blob) {
    struct device_tree tree;
    struct text method;
    device_node_t node;
    if (blob == nullptr || !device_tree_init(&tree, blob, device_tree_measure(blob))) {
        return;
    }
    node = device_tree_find_compatible(&tree, DEVICE_NODE_NONE, "arm,psci-0.2");
    if (node < 0 || !device_tree_text(&tree, node, "method", &method)) {
        return;
    }
    found.conduit = text_equal(method, text_of("smc")) ? PSCI_SMC : PSCI_HVC;
    device_tree_visit_cpus(&tree, cpu_visit, nullptr);
}

static void acpi_find(uint64_t root) {
    uint64_t ids[LANDING_CORES];
    size_t count = tables_find_arm_cores(root, ids, LANDING_CORES);
    found.conduit = tables_find_psci(root);
    for (size_t i = 0; i < count && found.conduit != PSCI_NONE; i++) {
        core_add(ids[i] & ID_MASK);
    }
}

static void cores_find(const struct bootinfo *info) {
    for (unsigned i = 0; i < spin_core_count; i++) {
        core_add(spin_cores[i].id & ID_MASK);
    }
    if (spin_core_count == 0) {
        tree_find((const void *)(uintptr_t)info->arch.aarch64.tree);
        if (found.conduit == PSCI_NONE && info->arch.aarch64.acpi < PAGES_IDENTITY_SIZE) {
            acpi_find(info->arch.aarch64.acpi);
        }
    }
}

/* Where there is no memory left the one core that is here goes from within the loader. */
void landing_count_cores(const uint64_t words[8], bool single, struct cores *out) {
    alignas(2048) static uint8_t own[LANDING_SIZE];
    struct bootinfo info = {};
    memcpy(info.arch.words, words, sizeof info.arch.words);
    found.ids[0] = own_id();
    found.count = 1;
    found.conduit = PSCI_NONE;
    if (!firmware_allocate(LANDING_SIZE, &place)) {
        place = (uintptr_t)own;
        single = true;
    }
    if (!single || spin_core_count > 0) {
        cores_find(&info);
    }
    found.wanted = single ? 1 : found.count;
    *out = (struct cores){.count = (uint16_t)found.wanted, .boot_core = (uint16_t)found.ids[0]};
}

void landing_prepare(void) {
    __asm__ volatile("msr daifset, #0xF" : : : "memory");
    memcpy((void *)(uintptr_t)place, landing_start, (size_t)(landing_end - landing_start));
}

static uint64_t address_of(const uint8_t *label) {
    return place + (uint64_t)(label - landing_start);
}

static void core_send(uint64_t word_at) {
    *(volatile uint64_t *)(uintptr_t)word_at = address_of(landing_core);
    clean(word_at, 8);
    __asm__ volatile("sev");
}

/* Those that wait all come, even if only one is wanted: where they wait nothing stays. */
static void waiting_start(void) {
    for (unsigned i = 0; i < spin_core_count; i++) {
        if ((spin_cores[i].id & ID_MASK) != found.ids[0]) {
            core_send(spin_cores[i].word);
        }
    }
}

static bool core_start(unsigned index) {
    return psci_call(found.conduit, PSCI_CORE_ON, found.ids[index], address_of(landing_core), 0) ==
           0;
}

static unsigned arrived(void) {
    unsigned count = 1;
    clean(place + LANDING_ARRIVED, 8 * LANDING_CORES);
    while (count < found.count && *word(LANDING_ARRIVED + 8 * count) != 0) {
        count++;
    }
    return count;
}

/* Those that come, up to the first that does not, are the kernel's. */
void landing_start_cores(uint64_t pages, struct cores *cores) {
    for (unsigned i = 0; i < LANDING_CORES; i++) {
        *word(LANDING_IDS + 8 * i) = i < found.count ? found.ids[i] : UINT64_MAX;
        *word(LANDING_ARRIVED + 8 * i) = 0;
    }
    *word(LANDING_GO) = 0;
    clean(place, LANDING_SIZE);
    waiting_start();
    for (unsigned i = 1; spin_core_count == 0 && i < found.count; i++) {
        (void)core_start(i);
    }
    uint64_t start = counter(), longest = counter_hz() / 1000 * ARRIVAL_MS;
    while (arrived() < found.count && counter() - start < longest) {
    }
    unsigned count = arrived();
    found.wanted = count < found.wanted ? count : found.wanted;
    cores->count = (uint16_t)found.wanted;
}

void landing_enter(const struct entry *entry) {
    *word(LANDING_PAGES) = entry->pages;
    *word(LANDING_ENTRY) = entry->address;
    *word(LANDING_STACK_SIZE) = entry->stack_size;
    *word(LANDING_COUNT) = found.wanted;
    clean(place, LANDING_SIZE);
    register uint64_t x0 __asm__("x0") = place;
    __asm__ volatile("br %1" : : "r"(x0), "r"(address_of(landing_core_0)) : "memory");
    __builtin_unreachable();
}
