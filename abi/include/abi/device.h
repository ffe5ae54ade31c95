/* SPDX-License-Identifier: MIT */
/*
 * Devices as drivers see them: a handle stands for one device, which is a list of resources.
 *
 *   DEVICE_WINDOW   registers (or pixels) in physical memory
 *   DEVICE_PORTS    ports of a PC, a space of their own
 *   DEVICE_LINE     interrupt lines; one that can be bound has size 1
 *
 * A window that is DEVICE_MAPPABLE lies in whole pages that no other device shares: device_map()
 * puts it into the driver's memory 0 in place of pages that it had. Others, and ports, are reached
 * by device_port(), an access at a time, which also orders: what was stored before it is seen by
 * the device before it, what is loaded after it is loaded after it.
 *
 * A device that may read and write memory by itself (DEVICE_DMA) says how it is made to stop: the
 * value that, written to a register, silences it, and that the register then reads as. The kernel
 * does so when a driver has ended, before it takes the driver's DMA memory back.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr uint32_t DEVICE_KIND_MAX = 24; /* bytes, with the NUL */
constexpr uint32_t DEVICE_RESOURCES = 8;
constexpr uint32_t DEVICE_FACTS = 4;
constexpr uint32_t DEVICE_PAGE = 4096;        /* windows and DMA memory are mapped in such units */
constexpr uint32_t DEVICE_DMA_MAX = 16 << 20; /* bytes, of one driver */

enum device_flags : uint32_t { DEVICE_DMA = 1 };

enum device_resource_kind : uint32_t { DEVICE_WINDOW = 1, DEVICE_PORTS = 2, DEVICE_LINE = 3 };

enum device_resource_flags : uint32_t {
    DEVICE_MAPPABLE = 1, /* set by the kernel alone */
    DEVICE_PIXELS = 2,   /* writes may wait and be joined; reads are slow */
};

/* 24 bytes. */
struct device_resource {
    uint32_t kind;  /* enum device_resource_kind */
    uint32_t flags; /* enum device_resource_flags */
    uint64_t start; /* physical address, first port, first line */
    uint64_t size;  /* bytes, ports, lines; at least 1 */
};

/* The register that silences the device, in a window. */
struct device_silence {
    uint32_t resource, offset; /* index of the window; bytes */
    uint32_t width, value;     /* 8, 16 or 32 bits */
};

/* 272 bytes. What device_info() tells, and what device_derive() is told: resources of a part lie
 * within resources of the same kind of the whole. */
struct device_info {
    char kind[DEVICE_KIND_MAX]; /* "16550", "pl011", "ps2", "framebuffer", "virtio-mmio", ... */
    uint32_t flags;             /* enum device_flags */
    uint32_t resource_count;
    struct device_silence silence;
    uint64_t facts[DEVICE_FACTS]; /* by kind: doc/drivers.md */
    struct device_resource resources[DEVICE_RESOURCES];
};
static_assert(sizeof(struct device_resource) == 24 && sizeof(struct device_info) == 272);

/* device_port(): the width in bits, and whether it is a write. */
constexpr uint32_t DEVICE_WIDTH = 0xFF;
constexpr uint32_t DEVICE_WRITE = 0x100;
