/* SPDX-License-Identifier: MIT */
/* How the process sleeps in port_wait(): whoever waits for something of Linux takes it over. */
#pragma once
#include <time.h>

/* Sleeps for at most this long; may return for no reason. */
typedef void port_sleep(const struct timespec *timeout);

/* From now on port_wait() calls it. One that was set before is forgotten. */
void port_sleep_set(port_sleep *sleep);
