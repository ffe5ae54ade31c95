/* SPDX-License-Identifier: MIT */
/*
 * Disks of virtual machines: reading blocks by virtio, over registers in memory, of the version
 * before the standard ("legacy") or of it, or over a PCI function, of the standard.
 *
 * Source: Virtual I/O Device (VIRTIO) 1.1: 2.6 (split virtqueues), 4.1 (PCI), 4.2 (MMIO), 5.2
 * (block device). Memory is mapped at its physical address and the device sees it as the CPU does.
 * One request at a time, waited for without interrupts. The device is not trusted further than with
 * its own data.
 */
#pragma once
#include <boot/pci.h>
#include <stdint.h>

constexpr unsigned VIRTIO_QUEUE = 4; /* descriptors: 3 make a request */

struct virtio_descriptor {
    uint64_t address;
    uint32_t size;
    uint16_t flags, next;
};

struct virtio_available {
    uint16_t flags, index, ring[VIRTIO_QUEUE], event;
};

struct virtio_used {
    uint16_t flags, index;
    struct {
        uint32_t head, size;
    } ring[VIRTIO_QUEUE];
    uint16_t event;
};

struct virtio_request {
    uint32_t type, reserved;
    uint64_t sector;
};

/* The device reads and writes it: it stays where it is until virtio_block_close(). */
struct [[gnu::aligned(4096)]] virtio_block {
    struct virtio_descriptor descriptors[VIRTIO_QUEUE]; /* the legacy layout, good for both */
    struct virtio_available available;
    struct [[gnu::aligned(4096)]] {
        struct virtio_used used;
        struct virtio_request request;
        volatile uint8_t status; /* of the request */
    };
    const struct virtio_way *way; /* how it is reached */
    uintptr_t registers;
    uintptr_t settings, notify; /* of a PCI function, as `registers` are the common ones */
    bool legacy;
    uint64_t sector_count; /* of 512 bytes */
    uint32_t sectors_most; /* in one request */
    uint32_t patience;     /* how often a request is looked after before it is given up */
};

/* Takes the device at these registers: false, and it is left alone, if there is no disk. */
[[nodiscard]] bool virtio_block_open(struct virtio_block *block, uintptr_t registers);
/* The same for a PCI function of this id. */
[[nodiscard]] bool virtio_block_open_pci(struct virtio_block *block, struct pci_bus *bus,
                                         uintptr_t function, uint32_t id);
/* False: the device fails or does not answer, or there are no such sectors. */
[[nodiscard]] bool virtio_block_read(struct virtio_block *block, uint64_t sector, uint32_t count,
                                     void *to);
/* The device forgets this memory. */
void virtio_block_close(struct virtio_block *block);
