/* SPDX-License-Identifier: MIT */
/*
 * What CONFIG asks of the kernel. Keys that are missing or make no sense have the values that a
 * person at a serial terminal would want.
 *
 *   init=sys/init.wasm       init, which does what the file `wiring` says (init.h)
 *   start=bin/sqlite3.wasm   this program is run instead, by itself, with native servers (run.h)
 *   arguments=sys/arguments  file with its arguments and environment: arguments.h
 *   root=tmp                 directory that the program sees as its root; all of the files
 *   after=halt|poweroff      what follows its end; halt
 *   console=serial0|serial1  where its input and output go; serial0
 *   stdin=terminal|framed    what is at the other end; terminal
 *   logto=serial0|serial1    where the log goes; serial0
 *   control=on|off           whether frames on the log's line are obeyed (kernel/control.h); on
 *   pushed_KIND=HASH         what this system has that came by that line: kernel/reload adds it
 *   log=LEVEL,SUBSYSTEM:LEVEL... error, warning, info, debug or trace; info (kernel/log.h)
 *   panic=halt|poweroff|reboot; halt
 *   memory=guard|checked     how code reaches linear memories (engine/module.h); guard
 *   imports=strict|trap      an import that nobody provides: refused, or its call traps; strict
 *   driver=PATH:DEVICE,...   drivers in wasm that are started first (driver.h)
 *   again=N                  the program is run N times more, as long as it exits with 0; 0
 *   cache=MIB                what is kept of modules that nobody runs, with their code; 32
 *   nosmp=1                  only one core runs
 *   clock=tsc|hpet|pm|pit    only this one is tried (<arch/timer.h>); the best there is
 *   interrupts=ioapic|legacy by which controller; ioapic, if there is one
 *   paging=sv39              page tables of three levels where there might be four: riscv64
 *   fault=KIND               breaks the kernel on purpose, for tests (fault.h)
 *   test=KIND                has the machine test itself, for tests (selftest.h)
 */
#pragma once
#include <base/string.h>
#include <kernel/machine.h>
#include <kernel/panic.h>

struct setting {
    struct text start;
    struct text init; /* for when `start` is empty */
    struct text arguments;
    struct text root;
    struct text drivers;
    bool power_off;
    struct text console;
    bool framed;
    bool trap_imports;
    struct text log_to;
    bool control;
    struct text pushed_kernel, pushed_initrd, pushed_config;
    struct text log;
    enum panic_action panic;
    bool checked_memory;
    uint64_t again;
    uint64_t cache_mib;
    struct machine_choice machine;
    struct text paging;
    struct text fault;
    struct text test;
};

/* Texts are borrowed from the environment. */
void setting_read(struct text environment, struct setting *out);
