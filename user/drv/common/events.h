/* SPDX-License-Identifier: MIT */
/* The half of a driver of keys and pointers that knows no device: a ring of events, and those who
 * wait for some. It serves the keys protocol (proto/keys.def). */
#pragma once
#include <proto/keys.h>
#include <user/system.h>

/* What is not read in time is lost, and counted. */
void events_put(uint16_t kind, uint16_t code, int32_t value);
/* Answers who waits, if there is anything: at the end of a turn that put events. */
void events_serve(void);
/* A request of the protocol, or any other: that is answered, too. */
void events_request(struct message *request);
