/* SPDX-License-Identifier: MIT */
/* Where start.S goes: which machine this is, its console, and what the hand-over says of it. */
#include "bare.h"
#include "pi.h"
#include <base/format.h>
#include <boot/boot.h>
#include <boot/device.h>
#include <boot/firmware.h>
#include <boot/landing.h>

constexpr uint64_t PI_MMIO = 0x3F00'0000, PI_SERIAL = 0x20'1000, MEMORY_OF_OTHERS = 1 << 30;
constexpr unsigned DATA = 0x00, FLAGS = 0x18, FLAG_FULL = 1 << 5;
constexpr unsigned PATIENCE = 1'000'000;

const uint8_t firmware_loader = BOOTINFO_LOADER_RPI;

struct device_tree bare_tree;
bool bare_has_tree;
uint64_t bare_mmio;
static uintptr_t serial; /* a PL011; 0: none */

extern const uint8_t image_start[];

[[noreturn]] void bare_main(const void *tree);
[[noreturn]] void bare_trap(uint64_t syndrome, uint64_t pc, uint64_t address);

static void put(uint8_t byte) {
    for (unsigned i = 0; i < PATIENCE && (device_read32(serial + FLAGS) & FLAG_FULL); i++) {
    }
    device_write32(serial + DATA, byte);
}

void firmware_print(struct text text) {
    for (size_t i = 0; serial != 0 && i < text.size; i++) {
        if (text.bytes[i] == '\n') {
            put('\r');
        }
        put((uint8_t)text.bytes[i]);
    }
}

/* Nobody here can restart the machine but by its power. */
void firmware_stop(void) {
    firmware_print(text_of("The machine stops here.\n"));
    for (;;) {
        __asm__ volatile("wfi");
    }
}

void bare_trap(uint64_t syndrome, uint64_t pc, uint64_t address) {
    char line[128];
    (void)format_buffer(line, sizeof line, "copper: exception %llx at 0x%llx, address 0x%llx\n",
                        (unsigned long long)syndrome, (unsigned long long)pc,
                        (unsigned long long)address);
    firmware_print(text_of(line));
    firmware_stop();
}

static void serial_find(void) {
    struct device_region registers;
    device_node_t node = device_tree_find_console(&bare_tree);
    if (node < 0 || !device_tree_is_compatible(&bare_tree, node, "arm,pl011")) {
        node = device_tree_find_compatible(&bare_tree, DEVICE_NODE_NONE, "arm,pl011");
    }
    if (node >= 0 && device_tree_region(&bare_tree, node, 0, &registers)) {
        serial = registers.address;
        device_write32(serial + 0x30, 0x301); /* on, both ways; its speed is as it was */
    }
}

static void machine_find(const void *tree) {
    bare_has_tree = tree != nullptr && (uintptr_t)tree % 8 == 0 &&
                    device_tree_init(&bare_tree, tree, device_tree_measure(tree));
    if ((uintptr_t)image_start < MEMORY_OF_OTHERS) {
        bare_mmio = PI_MMIO;
        serial = PI_MMIO + PI_SERIAL;
        pi_start();
    } else if (bare_has_tree) {
        serial_find();
    }
}

void bare_main(const void *tree) {
    machine_find(tree);
    if (!bare_memory_start()) {
        firmware_print(text_of("copper: nobody tells what memory there is, or too many ranges\n"));
        firmware_stop();
    }
    boot_run();
}

void firmware_tables(uint64_t words[8]) {
    struct bootinfo info = {};
    info.arch.aarch64.mmio = bare_mmio;
    info.arch.aarch64.tree = bare_has_tree ? (uintptr_t)bare_tree.blob : 0;
    memcpy(words, info.arch.words, sizeof info.arch.words);
}

/* A Raspberry Pi has no clock that goes on; another's the kernel asks itself. */
void firmware_date(uint8_t date[8], int16_t *timezone_minutes) {
    memset(date, 0, 8);
    *timezone_minutes = 0;
}

void firmware_cores(bool single, struct cores *out) {
    uint64_t words[8];
    firmware_tables(words);
    landing_count_cores(words, single, out);
}

void firmware_enter(const struct entry *entry) {
    landing_enter(entry);
}
