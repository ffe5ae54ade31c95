/* SPDX-License-Identifier: MIT */
/* The host port's exception handler. */
#pragma once
#include <abi/status.h>

/* Makes CPU exceptions of compiled code traps. Idempotent; called when code space is reserved.
 * Their handlers run on a stack of the calling thread; another that runs compiled code needs its
 * own. ERR_NO_MEMORY: no stack for the handlers. */
status_t signal_install(void);

/* Whose code runs: what port_context_set() was last told. Async-signal-safe. */
struct context;
const struct context *signal_context(void);

/* For the handler of a timer's signal, with its third argument: preempts what runs on this core
 * when the handler returns. False: not now; context_preempt(). Async-signal-safe. */
bool signal_preempt(void *user);
