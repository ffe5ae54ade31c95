/* SPDX-License-Identifier: MIT */
/*
 * The second half of a boot: from files in memory to a kernel that can be entered. A loader comes
 * here with what it read from a disk, a running kernel with what it was sent (kernel/reload).
 */
#pragma once
#include <base/bytes.h>
#include <boot/complaint.h>
#include <boot/firmware.h>
#include <boot/kernel.h>

/* All of it lies in memory from firmware_allocate(), or that the map tells as used. */
struct cargo {
    struct bytes initrd;     /* unpacked; page aligned */
    const char *environment; /* BOOTINFO_ENVIRONMENT_SIZE bytes, a page, NUL at the end */
    struct kernel kernel;
    uint8_t loader; /* which kind the kernel is told: firmware_loader */
};

/* firmware_allocate(), and what to say when there is none: `what` needs it. */
[[nodiscard]] bool place_allocate(uint64_t size, const char *what, uint64_t *out,
                                  struct complaint *complaint);
/* One zeroed page. */
[[nodiscard]] bool place_page(const char *what, void **out, struct complaint *complaint);
/* Unpacks an initrd that is gzipped and gives back what it took before. */
[[nodiscard]] bool place_unpack(struct bytes *initrd, struct complaint *complaint);
/* Finds the kernel that the environment names in the initrd. */
[[nodiscard]] bool place_kernel(struct cargo *cargo, struct complaint *complaint);
/* Lays everything out and collects the cores. After true only firmware_enter() may follow. */
[[nodiscard]] bool place_system(const struct cargo *cargo, struct entry *out,
                                struct complaint *complaint);
