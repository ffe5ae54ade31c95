/* SPDX-License-Identifier: MIT */
/* Birth records (abi/birth.h), as init writes them. */
#pragma once
#include <abi/birth.h>
#include <user/wiring.h>

/* The record of this process, whose i-th use has handles[i]; a use without a handle is left out.
 * The size of a wiring file bounds it to BIRTH_MAX bytes. Returns its size. */
uint32_t record_write(const struct wiring *wiring, const struct wiring_process *process,
                      const handle_t handles[WIRING_PROCESS_USES], uint8_t to[BIRTH_MAX]);
