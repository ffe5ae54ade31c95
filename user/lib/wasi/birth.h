/* SPDX-License-Identifier: MIT */
/*
 * What the program was born with: its arguments and environment, its standard streams and
 * directories (which become descriptors), and the handles of clock and random. Read once, at the
 * first call that needs any of it.
 */
#pragma once
#include <abi/handle.h>
#include <stdint.h>

/* NUL-terminated texts, one after the other. */
struct texts {
    const char *bytes;
    uint32_t size;
    uint32_t count;
};

struct birthright {
    struct texts arguments;
    struct texts environment;
    handle_t clock;  /* HANDLE_NONE when the program was given none */
    handle_t random; /* the same */
};

/* Does nothing after the first time. */
void birth_read(void);
/* Reads it first if need be. */
const struct birthright *birth_get(void);
