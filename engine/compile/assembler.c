/* SPDX-License-Identifier: MIT */
/*
 * The portable half of an assembler: buffer, labels, traps out of line, sites. Everything is an
 * array that grows by doubling and is kept from function to function; all work is linear in the
 * code.
 */
#include <base/string.h>
#include <engine/port.h>
#include <engine/target.h>

status_t assembler_init(struct assembler *assembler, const struct target *target,
                        uint64_t features) {
    constexpr uint32_t FIRST_CAPACITY = 16 * 1024;
    *assembler = (struct assembler){.target = target, .features = features};
    assembler->bytes = port_allocate(FIRST_CAPACITY);
    if (assembler->bytes == nullptr) {
        return ERR_NO_MEMORY;
    }
    assembler->capacity = FIRST_CAPACITY;
    assembler_reset(assembler);
    return OK;
}

void assembler_fini(struct assembler *assembler) {
    port_release(assembler->bytes, assembler->capacity);
    port_release(assembler->patches, assembler->patch_capacity * sizeof(struct patch));
    port_release(assembler->traps, assembler->trap_capacity * sizeof(struct trap_exit));
    port_release(assembler->sites, assembler->site_capacity * sizeof(struct code_site));
}

static void reset(struct assembler *assembler) {
    assembler->size = 0;
    assembler->failed = assembler->too_large = assembler->too_far = false;
    assembler->offset = 0;
    assembler->flags_end = FLAGS_UNKNOWN;
    assembler->known_index = REGISTER_NONE;
    assembler->bound_registers = assembler->stand_ins = 0;
    assembler->patch_count = 0;
    assembler->patch_free = PATCH_NONE;
    assembler->trap_count = 0;
    assembler->site_count = 0;
}

void assembler_reset(struct assembler *assembler) {
    assembler->reach = 0;
    reset(assembler);
}

/* Longer branches rarely double the code; if they did, all of it is reached. */
bool assembler_reach_more(struct assembler *assembler) {
    if (!assembler->too_far || assembler->failed || assembler->reach == ASSEMBLER_SIZE_MAX) {
        return false;
    }
    bool first = assembler->reach == 0 && assembler->size < ASSEMBLER_SIZE_MAX / 2;
    assembler->reach = first ? 2 * assembler->size : ASSEMBLER_SIZE_MAX;
    reset(assembler);
    return true;
}

/* Doubles an array of items; false, and the assembler failed, when there is no memory. */
static bool grow(struct assembler *assembler, void **items, uint32_t *capacity, uint32_t least,
                 size_t item_size) {
    uint32_t larger = *capacity * 2 > least ? *capacity * 2 : least;
    void *copy = port_allocate(larger * item_size);
    if (copy == nullptr) {
        assembler->failed = true;
        return false;
    }
    if (*capacity != 0) {
        memcpy(copy, *items, *capacity * item_size);
        port_release(*items, *capacity * item_size);
    }
    *items = copy;
    *capacity = larger;
    return true;
}

/* What is written after a failure goes here; nobody reads it. */
static uint8_t *start_over(struct assembler *assembler) {
    assembler->failed = true;
    assembler->size = 0;
    return assembler->bytes;
}

void assembler_grow(struct assembler *assembler) {
    void *bytes = assembler->bytes;
    if (assembler->size > ASSEMBLER_SIZE_MAX) {
        assembler->too_large = true;
        bytes = start_over(assembler);
    } else if (!grow(assembler, &bytes, &assembler->capacity, 0, 1)) {
        bytes = start_over(assembler);
    }
    assembler->bytes = bytes;
}

status_t assembler_status(const struct assembler *assembler) {
    if (assembler->too_large || assembler->too_far) {
        return ERR_NOT_SUPPORTED;
    }
    return assembler->failed ? ERR_NO_MEMORY : OK;
}

static uint32_t patch_take(struct assembler *assembler) {
    uint32_t index = assembler->patch_free;
    if (index != PATCH_NONE) {
        assembler->patch_free = assembler->patches[index].next;
        return index;
    }
    if (assembler->patch_count == assembler->patch_capacity) {
        void *items = assembler->patches;
        if (!grow(assembler, &items, &assembler->patch_capacity, 256, sizeof(struct patch))) {
            return PATCH_NONE;
        }
        assembler->patches = items;
    }
    return assembler->patch_count++;
}

static void patch_apply(struct assembler *assembler, const struct patch *patch, uint32_t position) {
    if (assembler->failed) {
        return;
    }
    if (patch->table == PATCH_NONE) {
        assembler->target->patch(assembler, patch, position);
        return;
    }
    uint32_t distance = position - patch->table;
    memcpy(&assembler->bytes[patch->at], &distance, sizeof distance);
}

void label_use_table(struct assembler *assembler, struct label *label, uint32_t at,
                     uint32_t table) {
    struct patch patch = {.at = at, .next = label->patches, .table = table};
    if (label->position != LABEL_UNBOUND) {
        patch_apply(assembler, &patch, label->position);
        return;
    }
    uint32_t index = patch_take(assembler);
    if (index != PATCH_NONE) {
        assembler->patches[index] = patch;
        label->patches = index;
    }
}

void label_use(struct assembler *assembler, struct label *label, uint32_t at) {
    label_use_table(assembler, label, at, PATCH_NONE);
}

void label_bind(struct assembler *assembler, struct label *label) {
    label->position = assembler->size;
    assembler->flags_end = FLAGS_UNKNOWN;
    assembler->known_index = REGISTER_NONE;
    assembler->bound_registers = assembler->stand_ins = 0;
    while (label->patches != PATCH_NONE) {
        uint32_t index = label->patches;
        struct patch *patch = &assembler->patches[index];
        patch_apply(assembler, patch, label->position);
        label->patches = patch->next;
        patch->next = assembler->patch_free;
        assembler->patch_free = index;
    }
}

struct label *assembler_trap(struct assembler *assembler, enum trap trap) {
    for (uint32_t i = assembler->trap_count; i-- > 0;) {
        struct trap_exit *exit = &assembler->traps[i];
        if (exit->offset != assembler->offset) {
            break;
        }
        if (exit->trap == trap) {
            return &exit->label;
        }
    }
    if (assembler->trap_count == assembler->trap_capacity) {
        void *items = assembler->traps;
        if (!grow(assembler, &items, &assembler->trap_capacity, 64, sizeof(struct trap_exit))) {
            assembler->spare = (struct trap_exit){label_unbound(), 0, trap};
            return &assembler->spare.label;
        }
        assembler->traps = items;
    }
    struct trap_exit *exit = &assembler->traps[assembler->trap_count++];
    *exit = (struct trap_exit){label_unbound(), assembler->offset, trap};
    return &exit->label;
}

void assembler_flush_traps(struct assembler *assembler) {
    for (uint32_t i = 0; i < assembler->trap_count; i++) {
        struct trap_exit *exit = &assembler->traps[i];
        assembler_room(assembler);
        assembler_separate(assembler);
        label_bind(assembler, &exit->label);
        assembler->offset = exit->offset;
        assembler_site(assembler, assembler->size, exit->trap);
        assembler->target->trap(assembler);
    }
    assembler->trap_count = 0;
}

void assembler_nop(struct assembler *assembler) {
    assembler->target->nop(assembler);
}

bool assembler_grow_sites(struct assembler *assembler) {
    void *items = assembler->sites;
    bool good = grow(assembler, &items, &assembler->site_capacity, 256, sizeof *assembler->sites);
    assembler->sites = items;
    return good;
}
