/* SPDX-License-Identifier: MIT */
/* Making a birth record (abi/birth.h), for those who start processes. */
#pragma once
#include <user/system.h>

struct record_handle {
    handle_t handle; /* HANDLE_NONE: it is left out */
    uint32_t protocol;
    const char *name;
};

struct record_spec {
    const char *const *arguments, *const *environment;
    uint32_t argument_count, environment_count;
    const struct record_handle *handles;
    uint32_t handle_count;
};

/* The record's size; 0: it does not fit into `capacity` bytes, at most BIRTH_MAX. */
uint32_t record_make(const struct record_spec *spec, void *to, uint32_t capacity);
