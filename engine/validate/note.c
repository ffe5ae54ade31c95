/* SPDX-License-Identifier: MIT */
/*
 * What the compiler wants to know of a function and validation notes by the way: uses weighted by
 * loop depth, and which locals need their zero. facts.h says in which form it is kept.
 *
 * A local does not need its zero when its first access in text order is a set, in block B, and
 * every later access is in B too. B is entered only at its start (a branch to it leaves it, or
 * starts it anew if it is a loop), and a set that is not inside a smaller block cannot be passed
 * by: so the set dominates all later accesses in B. One pass decides it: a later access is inside B
 * exactly when B is still open, that is when the block at B's depth still has B's number.
 *
 * A few bytes can declare very many locals, so nothing here goes through all of them.
 */
#include "validator.h"

#include <engine/facts.h>

bool notes_begin(struct validator *v) {
    struct validate_scratch *scratch = v->scratch;
    uint32_t before = scratch->note_capacity;
    if (!scratch_reserve((void **)&scratch->notes, &scratch->note_capacity, 0, v->local_count,
                         sizeof *scratch->notes) ||
        !scratch_reserve((void **)&scratch->used, &scratch->used_capacity, 0, v->local_count,
                         sizeof *scratch->used)) {
        return fail_memory(v);
    }
    if (scratch->note_capacity != before) {
        memset(scratch->notes, 0, scratch->note_capacity * sizeof *scratch->notes);
    }
    v->notes = scratch->notes;
    return true;
}

static void decide(struct local_note *note, bool needs_zero) {
    note->block = NOTE_DECIDED;
    note->depth = needs_zero;
}

static void note_first(struct validator *v, uint32_t index, bool set) {
    struct local_note *note = &v->notes[index];
    v->scratch->used[v->scratch->used_count++] = index;
    if (index < v->parameter_count) {
        decide(note, false);
    } else if (!set) {
        decide(note, true);
    } else {
        note->block = v->control->number;
        note->depth = (uint32_t)(v->control - v->scratch->controls);
    }
}

void note_use(struct validator *v, uint32_t index, bool set) {
    struct local_note *note = &v->notes[index];
    if (note->block == 0) {
        note_first(v, index, set);
        return;
    }
    const struct control *block = &v->scratch->controls[note->depth];
    if (block > v->control || block->number != note->block) {
        decide(note, true);
    }
}

static uint8_t *write_leb(uint8_t *at, uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        *at++ = (uint8_t)(value | 0x80);
    }
    *at++ = (uint8_t)value;
    return at;
}

static uint8_t *write_weight(uint8_t *at, uint64_t weight, bool flag) {
    uint64_t kept = weight < UINT32_MAX ? weight : UINT32_MAX;
    return write_leb(at, kept << 1 | flag);
}

bool notes_write(struct validator *v) {
    constexpr uint32_t LONGEST = 8; /* bytes of a local's index and weight, and of the rest */
    struct validate_scratch *scratch = v->scratch;
    if (!scratch_reserve((void **)&scratch->written, &scratch->written_capacity, 0,
                         LONGEST * (scratch->used_count + 1), 1)) {
        return fail_memory(v);
    }
    uint8_t *at = write_weight(scratch->written, v->call_weight, v->has_tail_call);
    at = write_leb(at, scratch->used_count);
    for (uint32_t i = 0; i < scratch->used_count; i++) {
        uint32_t index = scratch->used[i];
        const struct local_note *note = &scratch->notes[index];
        at = write_leb(at, index);
        at = write_weight(at, note->weight, note->block == NOTE_DECIDED && note->depth != 0);
    }
    scratch->written_size = (uint32_t)(at - scratch->written);
    return true;
}

void notes_clear(struct validate_scratch *scratch) {
    for (uint32_t i = 0; i < scratch->used_count; i++) {
        scratch->notes[scratch->used[i]] = (struct local_note){};
    }
    scratch->used_count = 0;
}
