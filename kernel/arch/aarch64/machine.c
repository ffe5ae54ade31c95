/* SPDX-License-Identifier: MIT */
/*
 * Serial ports, clock and power. Sources: BCM2835 ARM Peripherals, 1.2 and 7.5 (which line is
 * whose); Arm PL031 Technical Reference Manual, 3.3; Arm PSCI 1.1 (DEN 0022), 5.9 and 5.10. The
 * Raspberry Pi's power management is told nowhere but in drivers: a watchdog, and a note that the
 * firmware reads when it starts again, of which partition to boot; 63 is none, and it halts.
 */
#include "early.h"
#include "platform.h"
#include "psci.h"
#include "registers.h"
#include <arch/machine.h>
#include <chip/mini_uart.h>
#include <chip/mmio.h>
#include <chip/pl011.h>

constexpr unsigned PI_PL011 = 0x20'1000, PI_PL011_LINE = 57;
constexpr unsigned PI_AUXILIARY = 0x21'5000, PI_AUXILIARY_LINE = 29;
constexpr unsigned PI_POWER = 0x10'0000;

static uint32_t read32(uintptr_t base, unsigned offset) {
    return mmio_read32(base, offset);
}

static void write32(uintptr_t base, unsigned offset, uint32_t value) {
    mmio_write32(base, offset, value);
}

/* ---- serial ports ---- */

static void pi_serial(unsigned index, struct uart_wiring *out, unsigned *line) {
    uintptr_t base = platform_map(platform_get()->mmio, PLATFORM_MMIO_SIZE);
    out->chip = index == 0 ? &pl011 : &mini_uart;
    out->base = base + (index == 0 ? PI_PL011 : PI_AUXILIARY);
    *line = index == 0 ? PI_PL011_LINE : PI_AUXILIARY_LINE;
}

/* The console first, then what else there is. */
static device_node_t pl011_find(const struct device_tree *tree, unsigned index) {
    device_node_t console = device_tree_find_console(tree);
    bool known = console >= 0 && device_tree_is_compatible(tree, console, "arm,pl011");
    if (known && index-- == 0) {
        return console;
    }
    device_node_t node = DEVICE_NODE_NONE;
    do {
        node = device_tree_find_compatible(tree, node, "arm,pl011");
    } while (node >= 0 && ((known && node == console) || index-- > 0));
    return node;
}

static bool tree_serial(unsigned index, struct uart_wiring *out, unsigned *line) {
    const struct device_tree *tree = &platform_get()->tree;
    device_node_t node = pl011_find(tree, index);
    struct device_region registers;
    struct device_interrupt interrupt;
    if (node < 0 || !device_tree_region(tree, node, 0, &registers)) {
        return false;
    }
    out->chip = &pl011;
    out->base = platform_map(registers.address, registers.size);
    if (!device_tree_interrupt(tree, node, &interrupt) || !platform_line(&interrupt, line)) {
        *line = MACHINE_NO_LINE;
    }
    return true;
}

static bool acpi_serial(unsigned index, struct uart_wiring *out, unsigned *line) {
    constexpr uint64_t PL011_SIZE = 0x1000;
    const struct acpi_arm *acpi = &platform_get()->acpi;
    if (index > 0 || acpi->serial == 0) {
        return false;
    }
    out->chip = &pl011;
    out->base = platform_map(acpi->serial, PL011_SIZE);
    *line =
        acpi->serial_line >= 32 && acpi->serial_line < 1020 ? acpi->serial_line : MACHINE_NO_LINE;
    return true;
}

bool machine_serial(unsigned index, struct uart_wiring *out, unsigned *line) {
    *out = (struct uart_wiring){.read = read32, .write = write32};
    if (platform_get()->mmio != 0) {
        pi_serial(index, out, line);
        return true;
    }
    return (platform_get()->has_tree && tree_serial(index, out, line)) ||
           (platform_get()->has_acpi && acpi_serial(index, out, line));
}

void machine_map(void) {
    struct uart_wiring wiring;
    unsigned line;
    platform_move();
    for (unsigned i = 0; i < MACHINE_SERIALS; i++) {
        (void)machine_serial(i, &wiring, &line);
    }
}

/* ---- the clock ---- */

bool machine_clock_read(int64_t *seconds) {
    const struct platform *platform = platform_get();
    struct device_region registers;
    device_node_t node =
        platform->has_tree
            ? device_tree_find_compatible(&platform->tree, DEVICE_NODE_NONE, "arm,pl031")
            : DEVICE_NODE_NONE;
    if (node < 0 || !device_tree_region(&platform->tree, node, 0, &registers)) {
        return false;
    }
    *seconds = mmio_read32(platform_map(registers.address, registers.size), 0);
    return *seconds != 0;
}

/* ---- power ---- */

static uintptr_t pi_power; /* registers; 0: no Raspberry Pi */

bool machine_power_find(void) {
    if (platform_get()->mmio != 0) {
        pi_power = platform_map(platform_get()->mmio, PLATFORM_MMIO_SIZE) + PI_POWER;
        return true;
    }
    return psci_find(platform_get());
}

static void pi_reset(bool halt) {
    constexpr unsigned CONTROL = 0x1C, NOTE = 0x20, WATCHDOG = 0x24;
    constexpr uint32_t PASSWORD = 0x5A00'0000, PARTITION = 0x555, FULL_RESET = 0x20, TICKS = 10;
    constexpr uint32_t NO_PASSWORD = 0x00FF'FFFF, KIND = 0x30;
    uint32_t note = mmio_read32(pi_power, NOTE) & NO_PASSWORD & ~PARTITION;
    uint32_t control = mmio_read32(pi_power, CONTROL) & NO_PASSWORD & ~KIND;
    mmio_write32(pi_power, NOTE, PASSWORD | note | (halt ? PARTITION : 0));
    mmio_write32(pi_power, WATCHDOG, PASSWORD | TICKS);
    mmio_write32(pi_power, CONTROL, PASSWORD | control | FULL_RESET);
    uint64_t now = system_read(cntvct_el0), end = now + system_read(cntfrq_el0);
    while (now < end) { /* it takes its time */
        now = system_read(cntvct_el0);
    }
}

void machine_power_off(void) {
    if (pi_power != 0) {
        pi_reset(true);
    } else {
        psci_power_off();
    }
}

void machine_restart(void) {
    if (pi_power != 0) {
        pi_reset(false);
    } else {
        psci_reset();
    }
}
