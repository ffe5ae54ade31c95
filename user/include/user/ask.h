/* SPDX-License-Identifier: MIT */
/*
 * How a client asks a server. A server that is restarted answers ERR_RESTARTED to what it had
 * taken, and nobody knows whether it was done; what has not been taken yet waits for it and needs
 * nothing.
 */
#pragma once
#include <user/system.h>

/* Sends the request and waits; the reply's status, or why there is none. Once, whatever comes. */
status_t ask_once(handle_t server, const struct message *request, struct message *reply);

/* The same, and again after ERR_RESTARTED, ASK_TIMES in all: for requests that the protocol says
 * may be repeated, without handles in them. */
constexpr uint32_t ASK_TIMES = 8;
status_t ask_again(handle_t server, const struct message *request, struct message *reply);
