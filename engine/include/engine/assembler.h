/* SPDX-License-Identifier: MIT */
/*
 * struct assembler: machine code in the making, for any CPU: the growing buffer, labels, the traps
 * that lie out of line and the table of sites. compile/ drives it and targets write into it. When
 * memory runs out `failed` is set and writing goes on into the same bytes, so that nobody has to
 * check before the end.
 */
#pragma once
#include <abi/trap.h>
#include <engine/code.h>

struct target;

/* Most bytes that a target may write between two calls of assembler_room(). */
constexpr uint32_t ASSEMBLER_ROOM = 256;
constexpr uint32_t LABEL_UNBOUND = UINT32_MAX;
constexpr uint32_t PATCH_NONE = UINT32_MAX;
/* Most bytes of code in one function or stub. */
constexpr uint32_t ASSEMBLER_SIZE_MAX = 64 * 1024 * 1024;

/* A place in the code: where it lies once bound, and the uses that wait for it. */
struct label {
    uint32_t position;
    uint32_t patches; /* index of the newest; PATCH_NONE */
};

/* A displacement to be filled in. For a jump it is as the target's jumps have it; for an entry of a
 * jump table 32 bits relative to the start of that table. */
struct patch {
    uint32_t at;
    uint32_t next;
    uint32_t table; /* start of the jump table; PATCH_NONE for a jump */
};

/* A trap out of line: where the jumps to it go, and what it means. */
struct trap_exit {
    struct label label;
    uint32_t offset;
    enum trap trap;
};

constexpr uint32_t FLAGS_UNKNOWN = UINT32_MAX;

struct assembler {
    const struct target *target;
    uint64_t features;
    uint8_t *bytes;
    uint32_t size, capacity;
    bool failed, too_large;
    /* How far branches must reach, in bytes either way: a target takes a form that does
     * (label_within). A branch that did not after all sets too_far, and the function is made again
     * with a larger reach (assembler_reach_more). */
    uint32_t reach;
    bool too_far;
    uint32_t offset; /* of the wasm instruction in work, in the module */
    uint32_t access; /* set by targets: start of the instruction that touches memory */
    /* Set by targets: the flags that an instruction ending at flags_end left tell whether this
     * register is zero. A label takes that back: branches bring other flags. */
    uint32_t flags_end;
    uint8_t flags_register;
    bool flags_wide;
    /* Set by targets: a temporary holds the place of this index in memory 0; REGISTER_NONE: none
     * does. A label takes that back, too. */
    uint8_t known_index;
    /* Set by compile/ (bound.c), by integer registers: the values of these are in stand_in[], and
     * there bound by the size of memory 0 and `excess` bytes more. A label takes that back, too. */
    uint32_t bound_registers;
    uint32_t stand_ins; /* registers that stand in for others: stands_for[] */
    uint8_t stand_in[32], stands_for[32];
    uint32_t excess[32];
    struct patch *patches;
    uint32_t patch_count, patch_capacity, patch_free;
    struct trap_exit *traps;
    uint32_t trap_count, trap_capacity;
    struct trap_exit spare; /* when there is no memory for one */
    struct code_site *sites;
    uint32_t site_count, site_capacity;
};

status_t assembler_init(struct assembler *assembler, const struct target *target,
                        uint64_t features);
void assembler_fini(struct assembler *assembler);
/* Empties it for the next function; keeps the memory. Branches are short. */
void assembler_reset(struct assembler *assembler);
/* Was a branch too short? Empties it to make the same function again, with branches that reach
 * further: at most twice. */
bool assembler_reach_more(struct assembler *assembler);

/* OK; ERR_NO_MEMORY; ERR_NOT_SUPPORTED: the code is larger than ASSEMBLER_SIZE_MAX, or a branch
 * does not reach its label. */
status_t assembler_status(const struct assembler *assembler);

/* Makes room for ASSEMBLER_ROOM bytes. */
void assembler_grow(struct assembler *assembler);
static inline bool assembler_has_room(const struct assembler *assembler) {
    return assembler->capacity - assembler->size >= ASSEMBLER_ROOM;
}
static inline void assembler_room(struct assembler *assembler) {
    if (!assembler_has_room(assembler)) {
        assembler_grow(assembler);
    }
}

static inline void assembler_u8(struct assembler *assembler, uint8_t byte) {
    assembler->bytes[assembler->size++] = byte;
}

static inline void assembler_u32(struct assembler *assembler, uint32_t word) {
    uint8_t *at = assembler->bytes + assembler->size;
    for (uint32_t i = 0; i < 4; i++) {
        at[i] = (uint8_t)(word >> 8 * i);
    }
    assembler->size += 4;
}

static inline void assembler_u64(struct assembler *assembler, uint64_t word) {
    assembler_u32(assembler, (uint32_t)word);
    assembler_u32(assembler, (uint32_t)(word >> 32));
}

static inline struct label label_unbound(void) {
    return (struct label){LABEL_UNBOUND, PATCH_NONE};
}

static inline bool label_is_used(const struct label *label) {
    return label->patches != PATCH_NONE;
}

/* Does a branch here that spans up to `range` bytes either way certainly (it is bound), or as far
 * as the reach asks, get to the label? */
static inline bool label_within(const struct assembler *assembler, const struct label *label,
                                uint32_t range) {
    constexpr uint32_t SLACK = 64; /* of the operation that branches */
    bool bound = label->position != LABEL_UNBOUND;
    uint32_t distance = bound ? assembler->size - label->position + SLACK : assembler->reach;
    return distance < range;
}

/* Said by targets in patch(): the displacement does not fit. */
static inline void assembler_too_far(struct assembler *assembler) {
    assembler->too_far = true;
}

/* The displacement at `at` belongs to this label: filled in now or when it is bound. */
void label_use(struct assembler *assembler, struct label *label, uint32_t at);
void label_use_table(struct assembler *assembler, struct label *label, uint32_t at, uint32_t table);
/* The label is here. */
void label_bind(struct assembler *assembler, struct label *label);
/* Where to jump for this trap of the instruction in work. Valid until the next call. */
struct label *assembler_trap(struct assembler *assembler, enum trap trap);
/* Emits all traps that were asked for. */
void assembler_flush_traps(struct assembler *assembler);

/* Before an instruction that will be a site: no two sites may share a pc. */
void assembler_nop(struct assembler *assembler);
static inline void assembler_separate(struct assembler *assembler) {
    if (assembler->site_count != 0 &&
        assembler->sites[assembler->site_count - 1].pc == assembler->size) {
        assembler_nop(assembler);
    }
}

/* Room for one more site; false: no memory. */
bool assembler_grow_sites(struct assembler *assembler);
/* Records what `pc` means. Sites come in the order of their pc. */
static inline void assembler_site(struct assembler *assembler, uint32_t pc, enum trap trap) {
    if (assembler->site_count == assembler->site_capacity && !assembler_grow_sites(assembler)) {
        return;
    }
    struct code_site *site = &assembler->sites[assembler->site_count++];
    site->pc = pc;
    site->offset = assembler->offset;
    site->trap = (uint8_t)trap;
}
