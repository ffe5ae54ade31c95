/* SPDX-License-Identifier: MIT */
/* A machine that QEMU plays: started, connected, waited for. */
#pragma once
#include "machine_kind.h"

struct machine {
    const struct machine_kind *kind;
    int image;          /* file descriptor of the disk */
    struct blob loader; /* for MACHINE_VIA_KERNEL */
    enum machine_via via;
    const char *firmware; /* file for MACHINE_VIA_UEFI */
    bool show_log;        /* on standard error, as it comes */
    uint64_t memory_mib;  /* of the machine */
};

/* Runs until the machine is off: its serial1 is our standard input, output and error, its serial0
 * the log; where there is one line, it is all of these. Returns the exit status that the kernel
 * told. */
int machine_run(const struct machine *machine);
