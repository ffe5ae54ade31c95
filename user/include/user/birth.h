/* SPDX-License-Identifier: MIT */
/* The handles that a process is born with, by protocol and name (abi/birth.h). */
#pragma once
#include <user/system.h>

/* The first handle of this protocol that the process was born with; HANDLE_NONE: there is none.
 * `name` NULL: whatever it is called. */
handle_t birth_find(enum protocol protocol, const char *name);
