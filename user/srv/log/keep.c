/* SPDX-License-Identifier: MIT */
/* See keep.h. Bytes and the places where lines begin are two rings, by offsets that only grow. */
#include "keep.h"

static uint8_t bytes[KEEP_BYTES];
static uint64_t head;               /* bytes ever put in */
static uint64_t starts[KEEP_LINES]; /* of each line; that of `count` is head */
static uint64_t first, count;       /* lines: the oldest that is there, and how many ever */

static uint64_t start_of(uint64_t number) {
    return number < count ? starts[number % KEEP_LINES] : head;
}

void keep_put(struct text line) {
    size_t size = line.size < KEEP_BYTES ? line.size : KEEP_BYTES;
    starts[count % KEEP_LINES] = head;
    for (size_t i = 0; i < size; i++) {
        bytes[head++ % KEEP_BYTES] = (uint8_t)line.bytes[i];
    }
    count++;
    while (count - first > KEEP_LINES - 1 || head - start_of(first) > KEEP_BYTES) {
        first++;
    }
}

uint32_t keep_read(uint64_t *next, uint64_t *lost, uint8_t *to, uint32_t capacity) {
    uint64_t from = *next < count ? *next : count;
    uint32_t size = 0;
    *next = from > first ? from : first;
    *lost = *next - from;
    while (*next < count && start_of(*next + 1) - start_of(*next) <= capacity - size) {
        for (uint64_t at = start_of(*next); at < start_of(*next + 1); at++) {
            to[size++] = bytes[at % KEEP_BYTES];
        }
        ++*next;
    }
    return size;
}
