/* SPDX-License-Identifier: MIT */
/* The machine as the kernel's server finds it (kernel/service.h). */
#pragma once
#include <kernel/service.h>

/* All but `engine` is set. The initrd is the one that initrd_map() has mapped. */
void place_fill(struct bytes initrd, struct service_place *out);
