/* SPDX-License-Identifier: MIT */
/* The host port's exception handler. */
#pragma once
#include <abi/status.h>

/* Makes CPU exceptions of compiled code traps. Idempotent; called when code space is reserved.
 * ERR_NO_MEMORY: no stack for the handlers. */
status_t signal_install(void);

/* Whose code runs: what port_context_set() was last told. Async-signal-safe. */
struct context;
const struct context *signal_context(void);
