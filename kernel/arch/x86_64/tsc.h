/* SPDX-License-Identifier: MIT */
/* The time-stamp counter: may it be believed, how fast is it, is it the same on all cores? */
#pragma once
#include "rate.h"

/* What this CPU says. */
struct rate tsc_rate(void);
/* All cores compare theirs; returns by how many cycles one was seen to be behind another. */
uint64_t tsc_compare(void);
