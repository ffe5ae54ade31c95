/* SPDX-License-Identifier: MIT */
/* Asking the kernel's server (proto/kernel.h), for commands: by the birth handle `kernel`. */
#pragma once
#include <proto/kernel.h>
#include <user/system.h>

/* A request of two words without a payload. The reply's payload goes to `to`; its words and its
 * size are in *reply. */
status_t kernel_ask(enum kernel_operation operation, uint64_t first, uint64_t second, void *to,
                    uint32_t capacity, struct message *reply);
/* The processes with this number or a larger one, at most KERNEL_LIST_MAX; *next is where to go on,
 * 0 after the last. */
status_t kernel_list(uint64_t number, struct process_info *out, uint32_t *count, uint64_t *next);
/* What its state is called. */
const char *process_state_text(uint32_t state);
/* The same for all: prints an error and gives the exit code. */
uint32_t kernel_failed(const char *what, status_t status);
