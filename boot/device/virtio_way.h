/* SPDX-License-Identifier: MIT */
/* What differs between the ways to a virtio device; the names are those of the standard, 2.1. */
#pragma once
#include <boot/virtio_block.h>

struct virtio_way {
    uint8_t (*status_get)(const struct virtio_block *block);
    void (*status_set)(const struct virtio_block *block, uint8_t status); /* 0: reset, done */
    /* Bits 32 * half and up: what the device offers, what we take. */
    uint32_t (*features_get)(const struct virtio_block *block, uint32_t half);
    void (*features_set)(const struct virtio_block *block, uint32_t half, uint32_t features);
    /* A word of the device's own settings. */
    uint32_t (*setting_get)(const struct virtio_block *block, uint32_t offset);
    /* Queue 0 is that of *block, which is zero. False: the device has no such queue. */
    bool (*queue_start)(struct virtio_block *block);
    /* Something is in queue 0. */
    void (*notify)(const struct virtio_block *block);
};

/* After this the device is live. False, and it is reset: it does not agree. */
[[nodiscard]] bool virtio_block_start(struct virtio_block *block);
