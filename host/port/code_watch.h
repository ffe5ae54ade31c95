/* SPDX-License-Identifier: MIT */
/* For who wants to know what lies where in code space: profiles. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct module;

struct code_watch {
    /* Bytes were written: a stub's, or a function's, of which is told next. */
    void (*written)(const void *place, size_t size);
    /* The newest of module->codes has been published; it was the last that was written. */
    void (*published)(const struct module *module, uint32_t function);
    /* Nothing is there any more; modules have gone away. */
    void (*released)(const void *start, size_t size);
};

/* Of all that is reserved later, too. The watch stays; NULL: nobody's. */
void code_watch_set(const struct code_watch *watch);
/* The arena that was reserved last; NULL: none. */
const void *code_watch_base(void);
