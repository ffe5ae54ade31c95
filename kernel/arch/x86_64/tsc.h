/* SPDX-License-Identifier: MIT */
/* The time-stamp counter: may it be believed, how fast is it, is it the same on all cores? */
#pragma once
#include <stdint.h>

/* It never stops and never changes its rate: the CPU or a hypervisor says so. */
bool tsc_is_steady(void);
/* What CPU or hypervisor say of the counter's rate and of that at which the local APIC's timer is
 * driven; 0 where they say nothing. */
uint64_t tsc_known_hz(void);
uint64_t tsc_known_alarm_hz(void);
/* All cores compare theirs; returns by how many cycles one was seen to be behind another. */
uint64_t tsc_compare(void);
