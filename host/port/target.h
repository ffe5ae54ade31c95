/* SPDX-License-Identifier: MIT */
/* Which target makes code for the CPU that this process runs on. */
#pragma once

struct target;
const struct target *port_target(void);
