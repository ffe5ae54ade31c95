/* SPDX-License-Identifier: MIT */
/*
 * From the entry code to the first program. kernel_main() runs on the boot stack until memory is
 * ours; run() goes on on the kernel stack, with clocks and interrupts.
 */
#include "fault.h"
#include "init.h"
#include "run.h"
#include "selftest.h"
#include "setting.h"
#include <abi/bootinfo.h>
#include <arch/core.h>
#include <arch/cpu.h>
#include <arch/machine.h>
#include <base/format.h>
#include <kernel/control.h>
#include <kernel/display.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/memory.h>
#include <kernel/panic.h>
#include <kernel/port.h>
#include <kernel/trace.h>

static struct setting setting;

static struct text environment(void) {
    const char *text = (const char *)BOOTINFO_ENVIRONMENT_ADDRESS;
    size_t size = 0;
    while (size < BOOTINFO_ENVIRONMENT_SIZE && text[size] != 0) {
        size++;
    }
    return (struct text){text, size};
}

static struct uart *log_port(void) {
    struct uart *uart = serial_find(setting.log_to);
    return uart != nullptr ? uart : serial_find(text_of("serial0"));
}

/* Does the log share its line with a program's frames? */
static bool log_is_framed(void) {
    return setting.framed && serial_find(setting.console) == log_port();
}

/* A port that is not there makes no log, but does no harm. */
static void log_start(void) {
    if (log_is_framed()) {
        serial_frame(log_port());
    }
    log_sink_add(serial_log, log_port());
    panic_set_sink(serial_sink, log_port());
    panic_set_action(setting.panic);
}

/* What makes no sense is told, and the rest obeyed. */
static void log_levels_start(void) {
    size_t at;
    if (log_configure(setting.log.bytes, setting.log.size, &at) != OK) {
        log_write(LOG_ERROR, "start", "log=%.*s: character %zu: no such %s", (int)setting.log.size,
                  setting.log.bytes, at + 1,
                  at > 0 && setting.log.bytes[at - 1] == ':' ? "level" : "level or subsystem");
    }
}

/* Told whatever the log level: this is what tests and `copper boot` wait for. */
static void tell_exit(uint32_t code) {
    char text[40];
    size_t size = format_buffer(text, sizeof(text), "copper: exit %u\n", code);
    serial_sink(log_port(), text, size);
    display_log(nullptr, text, size);
    display_refresh();
    serial_drain(log_port());
}

[[noreturn]] static void finish(void) {
    if (setting.power_off) {
        power_off();
    }
    log_write(LOG_INFO, "start", "halted");
    display_refresh();
    for (;;) {
        port_wait(UINT64_MAX); /* what is pushed is still taken */
    }
}

/* Proved when somebody looks: before there is compiled code, and when there is as much as there
 * will be. */
static void audit(void) {
    if (log_is_on(LOG_DEBUG, "mem")) {
        memory_audit();
        memory_report();
    }
}

/* A framed console on the log's line keeps it for itself: any byte may be the program's. */
static void control(void) {
    if (setting.control && !log_is_framed()) {
        control_start(log_port());
    }
}

[[noreturn]] static void run(void) {
    system_start(&setting.machine);
    serial_drive();
    display_drive();
    trace_start(core_count());
    log_cores_set(core_count());
    power_start();
    fault_cause(setting.fault);
    selftest_run(setting.test);
    audit();
    control();
    bool alone = setting.start.size > 0 || setting.init.size == 0;
    uint32_t code = alone ? run_program(&setting) : run_init(&setting);
    audit();
    tell_exit(code);
    finish();
}

/* The note that the linker leaves: 16 bytes of header, then the hash (mk/part/kernel.mk). */
extern const uint8_t kernel_build_id[24];

static void tell_pushed(const char *kind, struct text hash) {
    if (hash.size > 0) {
        log_write(LOG_INFO, "start", "pushed %s, SHA-256 %.*s...", kind, (int)hash.size,
                  hash.bytes);
    }
}

/* Which build this is, and what of the system came by the serial line. */
static void tell_origin(void) {
    char digits[17] = "";
    for (size_t i = 0; i < 8; i++) {
        format_buffer(digits + 2 * i, 3, "%02x", kernel_build_id[16 + i]);
    }
    log_write(LOG_INFO, "start", "Copper, build %s", digits);
    tell_pushed("kernel", setting.pushed_kernel);
    tell_pushed("initrd", setting.pushed_initrd);
    tell_pushed("CONFIG", setting.pushed_config);
}

[[noreturn]] void kernel_main(void) {
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    cpu_start();
    setting_read(environment(), &setting);
    fault_cause_early(setting.fault);
    serial_start();
    log_start();
    log_levels_start();
    tell_origin();
    if (memcmp(info->magic, "BOOT", 4) != 0) {
        panic("no boot information at %016lx", (unsigned long)BOOTINFO_ADDRESS);
    }
    mmu_choose(setting.paging);
    memory_start();
    machine_map();
    serial_move();
    memory_tell();
    display_start();
    stack_start(run);
}
