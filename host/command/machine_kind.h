/* SPDX-License-Identifier: MIT */
/* The machines that QEMU plays for us: a CPU and a board, and what they are started with. */
#pragma once
#include "../image/image.h"

enum machine_via : uint8_t {
    MACHINE_VIA_KERNEL, /* QEMU starts the loader itself */
    MACHINE_VIA_BIOS,   /* QEMU's BIOS does, from the disk */
    MACHINE_VIA_UEFI,
    MACHINE_VIAS,
};
extern const char *const machine_via_names[MACHINE_VIAS];

struct machine_kind {
    enum image_cpu cpu;
    const char *name;         /* as QEMU has it */
    const char *program;      /* of QEMU */
    const char *cpu_model;    /* NULL: QEMU's own choice */
    const char *drive;        /* QEMU's interface of the disk */
    const char *screen;       /* NULL: it has one, or none */
    const char *uefi;         /* file of the firmware; NULL: none */
    const char *uefi_option;  /* what QEMU takes it by */
    const char *uefi_package; /* where people get it */
    uint64_t memory_mib;      /* the only size that it takes; 0: any */
    bool bios;
    bool two_lines; /* serial1 is the program's; else all goes by serial0 */
};

/* The machine of that CPU with that name; NULL: the CPU's first. NULL when there is none. */
const struct machine_kind *machine_kind_find(enum image_cpu cpu, const char *name);
/* The names of a CPU's machines, for messages. */
const char *machine_kind_list(enum image_cpu cpu);
