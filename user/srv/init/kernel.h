/* SPDX-License-Identifier: MIT */
/* What init asks the kernel's server (proto/kernel.def). */
#pragma once
#include <base/string.h>
#include <user/system.h>

enum level : uint32_t { LEVEL_ERROR = 0, LEVEL_WARNING = 1, LEVEL_INFO = 2 };

/* The handle for all that follows. False: init was given none. */
bool kernel_open(void);

[[gnu::format(printf, 2, 3)]] void kernel_log(enum level level, const char *format, ...);

/* A whole file of the initrd, of which up to `capacity` bytes are put there; *size says how many it
 * has. */
status_t kernel_file(struct text path, void *to, uint32_t capacity, uint64_t *size);
/* Handles, which the caller closes. */
status_t kernel_module(struct text path, handle_t *out);
status_t kernel_device(struct text name, handle_t *out);
status_t kernel_limited(uint64_t rights, handle_t *out);
