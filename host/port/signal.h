/* SPDX-License-Identifier: MIT */
/* The host port's exception handler. */
#pragma once
#include <abi/status.h>

/* Makes CPU exceptions of compiled code traps. Idempotent; called when code space is reserved.
 * ERR_NO_MEMORY: no stack for the handlers. */
status_t signal_install(void);
