/* SPDX-License-Identifier: MIT */
/* A pipe is a process of its own (user/srv/pipe), which speaks the console protocol at both ends.
 */
#pragma once
#include <stdint.h>

/* The badges of its two ends. When all handles of an end are gone it is closed, for good. */
enum pipe_badge : uint8_t { PIPE_READER = 1, PIPE_WRITER = 2 };
