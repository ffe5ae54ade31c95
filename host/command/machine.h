/* SPDX-License-Identifier: MIT */
/* A machine that QEMU plays: started, connected, waited for. */
#pragma once
#include "../image/image.h"

enum machine_via : uint8_t {
    MACHINE_VIA_KERNEL, /* QEMU starts the loader itself */
    MACHINE_VIA_BIOS,   /* QEMU's BIOS does, from the disk */
    MACHINE_VIA_UEFI,
};

struct machine {
    int image;          /* file descriptor of the disk */
    struct blob loader; /* for MACHINE_VIA_KERNEL */
    enum machine_via via;
    const char *firmware; /* file for MACHINE_VIA_UEFI */
    bool show_log;        /* on standard error, as it comes */
    uint64_t memory_mib;  /* of the machine */
};

/* Runs until the machine is off: its serial1 is our standard input, output and error, its serial0
 * the log. Returns the exit status that the kernel told. */
int machine_run(const struct machine *machine);
