/* SPDX-License-Identifier: MIT */
/*
 * How a server ends a request. Handles that came with it and are not wanted must be closed, or
 * clients could fill the server's table; a server that keeps one sets its place in handles[] to
 * HANDLE_NONE, and one that answers later sets `reply` to HANDLE_NONE.
 */
#pragma once
#include <user/system.h>

/* Closes what came with the request and answers it, if its sender waits. Handles in the answer are
 * closed when they cannot reach it. */
status_t request_answer(struct message *request, const struct message *answer);

/* The same with nothing but a status. */
void request_answer_status(struct message *request, status_t status);

/* The same with one word. */
void request_answer_word(struct message *request, uint64_t word);
