/* SPDX-License-Identifier: MIT */
/*
 * The switch to what was sent: the running kernel plays the firmware to the loader's second half
 * (boot/place.h). Until the very end nothing that runs is touched, so every failure is an answer.
 */
#pragma once
#include <base/bytes.h>
#include <boot/complaint.h>
#include <hash/sha256.h>
#include <proto/control.h>

/* Memory that is mapped at its physical address during the switch; returned where the kernel sees
 * it. NULL: there is no such piece. */
void *reload_allocate(size_t size);
void reload_release(void *bytes, size_t size);

struct reload {
    uint32_t set; /* of kinds */
    struct {
        struct bytes bytes; /* from reload_allocate() */
        const uint8_t *hash;
    } files[CONTROL_KINDS];
    /* Called when nothing can go wrong any more, just before the old system ends. */
    void (*leaving)(void);
};

/* Returns only when it cannot be done, after complaining; then everything is as it was. */
void reload_switch(const struct reload *reload, struct complaint *complaint);

/* Is this the system that a switch to these files, as in CONTROL_SWITCH, has led to? */
bool reload_is_done(uint32_t set, struct bytes hashes);
