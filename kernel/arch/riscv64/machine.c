/* SPDX-License-Identifier: MIT */
/*
 * Clock and power. The clock is that of virtual machines ("goldfish"): nanoseconds since 1970-01-01
 * in two words, of which the low one, read first, holds the other. Power is the firmware's.
 *
 * Source: Linux, Documentation/devicetree/bindings/rtc/google,goldfish-rtc.txt; SBI 1.0,
 * chapter 10.
 */
#include "io.h"
#include "platform.h"
#include <abi/sbi.h>
#include <arch/machine.h>

constexpr uint64_t SECOND_NS = 1'000'000'000;

static uintptr_t clock_registers;

void machine_map(void) {
    platform_map();
    const struct device_tree *tree = platform_tree();
    if (tree != nullptr) {
        clock_registers = platform_registers(
            device_tree_find_compatible(tree, DEVICE_NODE_NONE, "google,goldfish-rtc"), 0);
    }
}

bool machine_clock_read(int64_t *seconds) {
    if (clock_registers == 0) {
        return false;
    }
    uint64_t low = io_read32(clock_registers);
    uint64_t now_ns = (uint64_t)io_read32(clock_registers + 4) << 32 | low;
    *seconds = (int64_t)(now_ns / SECOND_NS);
    return now_ns >= SECOND_NS;
}

bool machine_power_find(void) {
    return sbi_has(SBI_RESET);
}

void machine_power_off(void) {
    sbi_call(SBI_RESET, 0, SBI_RESET_OFF, 0, 0);
}

void machine_restart(void) {
    sbi_call(SBI_RESET, 0, SBI_RESET_COLD, 0, 0);
}
