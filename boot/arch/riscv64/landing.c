/* SPDX-License-Identifier: MIT */
/* The landing as C sees it: the copy of landing_code.S, its variables, and starting harts by SBI.
 */
#include <abi/sbi.h>
#include <base/string.h>
#include <boot/landing.h>
#include <tree/device_tree.h>

struct landing {
    uint64_t pages, entry, stack_size;
    uint32_t next_core, core_count, go;
};

extern const uint8_t landing_start[], landing_end[], landing_hart[], landing_core_0[];

const struct landing_place landing_place = {0, 0};

constexpr unsigned HARTS_MAX = 256;
constexpr unsigned ARRIVAL_MS = 1000;
constexpr uint64_t DEFAULT_HZ = 10'000'000;

static uint64_t place; /* where the copy is */

/* Where the others are sent, from before the first is; for a hart that goes astray (sbi/start.S).
 * Not among what an entry clears. */
extern _Atomic(uint64_t) landing_address;
[[gnu::section(".data")]] _Atomic(uint64_t) landing_address = 0;

static struct {
    uint64_t boot, others[HARTS_MAX];
    unsigned count; /* of others */
    uint64_t clock_hz;
} harts;

static volatile struct landing *landing(void) {
    return (volatile struct landing *)(uintptr_t)place;
}

static uint64_t time_read(void) {
    uint64_t time;
    __asm__ volatile("rdtime %0" : "=r"(time));
    return time;
}

/* One that the firmware knows. Whether it is stopped, and so waits for somebody to start it, is
 * asked last: a kernel that plays the loader stops its own before that. */
static void hart_add(void *data, device_node_t node, uint64_t id) {
    struct sbi_result status = sbi_call(SBI_HARTS, SBI_HART_STATUS, id, 0, 0);
    if (id != harts.boot && status.error == 0 && harts.count < HARTS_MAX) {
        harts.others[harts.count++] = id;
    }
}

static void harts_find(const void *blob) {
    struct device_tree tree;
    device_node_t cpus;
    harts.clock_hz = DEFAULT_HZ;
    if (blob == nullptr || !device_tree_init(&tree, blob, device_tree_measure(blob))) {
        return;
    }
    cpus = device_tree_find_path(&tree, text_of("/cpus"));
    (void)device_tree_number(&tree, cpus, "timebase-frequency", &harts.clock_hz);
    if (sbi_has(SBI_HARTS)) {
        device_tree_visit_cpus(&tree, hart_add, nullptr);
    }
}

/* Where there is no page left the one hart that is here goes from within the loader. (A kernel that
 * plays the loader finds too little memory for the rest then, and stays.) */
void landing_count_cores(const uint64_t words[8], bool single, struct cores *out) {
    static uint64_t own[512];
    struct bootinfo info = {};
    memcpy(info.arch.words, words, sizeof info.arch.words);
    harts.boot = info.arch.riscv64.boot_hart;
    harts.count = 0;
    if (!firmware_allocate(MEMORY_PAGE, &place)) {
        place = (uintptr_t)own;
        single = true;
    }
    if (!single) {
        harts_find((const void *)(uintptr_t)info.arch.riscv64.tree);
    }
    *out = (struct cores){.count = (uint16_t)(harts.count + 1), .boot_core = (uint16_t)harts.boot};
}

void landing_prepare(void) {
    memcpy((void *)(uintptr_t)place, landing_start, (size_t)(landing_end - landing_start));
    __asm__ volatile("csrci sstatus, 2\n\tfence.i" : : : "memory");
}

static uint64_t address_of(const uint8_t *label) {
    return place + (uint64_t)(label - landing_start);
}

void landing_start_cores(uint64_t pages, struct cores *cores) {
    uint32_t started = 0;
    landing_address = address_of(landing_hart);
    for (unsigned i = 0; i < harts.count; i++) {
        struct sbi_result result =
            sbi_call(SBI_HARTS, SBI_HART_START, harts.others[i], landing_address, 0);
        started += result.error == 0;
    }
    uint64_t start = time_read(), longest = harts.clock_hz / 1000 * ARRIVAL_MS;
    while (landing()->next_core < 1 + started && time_read() - start < longest) {
    }
    uint32_t came = landing()->next_core;
    landing()->core_count = came;
    cores->count = (uint16_t)came;
}

void landing_enter(const struct entry *entry) {
    landing()->pages = entry->pages;
    landing()->entry = entry->address;
    landing()->stack_size = entry->stack_size;
    register uint64_t hart __asm__("a0") = harts.boot;
    __asm__ volatile("fence rw, rw\n\tjr %1"
                     :
                     : "r"(hart), "r"(address_of(landing_core_0))
                     : "memory");
    __builtin_unreachable();
}
