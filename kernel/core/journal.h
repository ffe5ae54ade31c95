/* SPDX-License-Identifier: MIT */
/*
 * The last records of several writers who may strike anywhere: other cores, interrupts, exceptions.
 * Nobody waits for anybody, writer or reader.
 *
 * A writer draws the next number, and so a place: number % capacity. The place's `state` says whose
 * it is:
 *
 *   0                  nobody's yet
 *   2 * number + 2     record `number` is there, whole
 *   2 * number + 3     record `number` is being written
 *
 * A writer takes the place by changing an even, older state into its own odd one; who finds an odd
 * or a younger one has been overtaken by a whole round, and gives up. So a record has one writer,
 * and a reader who finds the same even state before and after has it whole.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct journal {
    uint64_t *places; /* capacity * (1 + words), zero at first: a state, then the record */
    uint32_t capacity, words;
    uint64_t next; /* number of the next record */
};

/* Bytes of `places`. */
#define JOURNAL_SIZE(capacity, words) ((size_t)(capacity) * (1 + (words)) * sizeof(uint64_t))

/* False: overtaken, the record is lost. */
bool journal_put(struct journal *journal, const uint64_t *record);

enum journal_record : uint8_t {
    JOURNAL_THERE,
    JOURNAL_COMING, /* being written, or no writer has drawn this number yet */
    JOURNAL_LOST,   /* for good */
};
enum journal_record journal_get(const struct journal *journal, uint64_t number, uint64_t *record);

/* Numbers from journal_oldest() to journal_next() - 1 may be there. */
uint64_t journal_next(const struct journal *journal);
uint64_t journal_oldest(const struct journal *journal);
