/* SPDX-License-Identifier: MIT */
/*
 * Where start.S goes: a riscv64 machine whose firmware stays beside us in machine mode (SBI) and
 * offers little: a console, harts, restart. All else the device tree tells.
 */
#include "sbi_loader.h"
#include <abi/sbi.h>
#include <base/format.h>
#include <boot/boot.h>
#include <boot/device.h>
#include <boot/landing.h>

const uint8_t firmware_loader = BOOTINFO_LOADER_UEFI; /* the protocol has no number for this one */

struct device_tree sbi_tree;
static uint64_t boot_hart;

[[noreturn]] void sbi_main(uint64_t hart, const void *tree);
[[noreturn]] void sbi_trap(uint64_t cause, uint64_t pc, uint64_t value);

static void put(uint8_t byte) {
    static int8_t modern = -1;
    if (modern < 0) {
        modern = sbi_has(SBI_CONSOLE);
    }
    sbi_call(modern != 0 ? SBI_CONSOLE : SBI_PUTCHAR, SBI_CONSOLE_PUT, byte, 0, 0);
}

void firmware_print(struct text text) {
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] == '\n') {
            put('\r');
        }
        put((uint8_t)text.bytes[i]);
    }
}

static bool key_pressed(void) {
    if (sbi_has(SBI_CONSOLE)) {
        uint8_t byte;
        struct sbi_result result = sbi_call(SBI_CONSOLE, SBI_CONSOLE_READ, 1, (uintptr_t)&byte, 0);
        return result.error != 0 || result.value != 0;
    }
    return sbi_call(SBI_GETCHAR, 0, 0, 0, 0).error >= 0;
}

void firmware_stop(void) {
    firmware_print(text_of("Press a key to restart.\n"));
    while (!key_pressed()) {
    }
    sbi_call(SBI_RESET, 0, SBI_RESET_COLD, 0, 0);
    while (true) {
        __asm__ volatile("wfi");
    }
}

void sbi_trap(uint64_t cause, uint64_t pc, uint64_t value) {
    char line[128];
    (void)format_buffer(line, sizeof line, "copper: exception %llu at 0x%llx, value 0x%llx\n",
                        (unsigned long long)cause, (unsigned long long)pc,
                        (unsigned long long)value);
    firmware_print(text_of(line));
    firmware_stop();
}

void sbi_main(uint64_t hart, const void *tree) {
    boot_hart = hart;
    if (tree == nullptr || !device_tree_init(&sbi_tree, tree, device_tree_measure(tree))) {
        firmware_print(text_of("copper: the firmware has passed no sound device tree\n"));
        firmware_stop();
    }
    if (!sbi_memory_start()) {
        firmware_print(text_of("copper: the device tree tells too many ranges of memory\n"));
        firmware_stop();
    }
    boot_run();
}

void firmware_tables(uint64_t words[8]) {
    struct bootinfo info = {};
    info.arch.riscv64.tree = (uintptr_t)sbi_tree.blob;
    info.arch.riscv64.boot_hart = boot_hart;
    memcpy(words, info.arch.words, sizeof info.arch.words);
}

void firmware_cores(bool single, struct cores *out) {
    uint64_t words[8];
    firmware_tables(words);
    landing_count_cores(words, single, out);
}

void firmware_enter(const struct entry *entry) {
    landing_enter(entry);
}
