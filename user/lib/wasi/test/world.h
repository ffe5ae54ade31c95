/* SPDX-License-Identifier: MIT */
/*
 * A pretended world for the adapter, compiled for this machine: a program's memory, the gates, the
 * real file server behind them, and a console, clock and generator that are only as good as the
 * tests need. Birth gives the program stdin, stdout, stderr, clock, random and "/" (the server's
 * /tmp).
 */
#pragma once
#include "../exports.h"
#include <abi/status.h>
#include <test/check.h>

constexpr uint32_t GUEST_SIZE = 256 * 1024;
extern uint8_t *guest_memory; /* exactly GUEST_SIZE, so that the sanitizer sees what goes beyond */

constexpr fd_t FD_ROOT = 3;
constexpr fd_t FD_LISTENER = 4; /* a socket */
constexpr fd_t FD_FIRST = 5;    /* the first that is free */

/* What was written to stdout and stderr since the last question. */
extern char world_written[64 * 1024];
extern uint32_t world_written_size;
/* What stdin will give; after it comes the end of input. */
void world_type(const char *bytes);
extern bool world_input_waits; /* no end of input: reading would wait for ever */
extern uint64_t world_now_ns;
extern int64_t world_wall_set_ns; /* by how much the wall clock was set */
/* Who have connected and are not accepted yet; shut down directions of connections, which read what
 * stdin gives. */
extern unsigned world_callers;
extern uint64_t world_shut;
/* How many want to be told of streams. At this time they are told, "arrived" is there to be read,
 * and someone connects. */
extern unsigned world_watches;
extern uint64_t world_arrives_ns;
/* Calls that servers have answered. */
extern unsigned world_calls;
/* Handles that exist, the program's and the server's. */
unsigned world_handles(void);

/* Starts it. To be called first, once. */
void world_start(void);

/* Puts things into the program's memory, and takes them out. */
guest_t put_text(guest_t at, const char *text);
uint32_t get_u32(guest_t at);
uint64_t get_u64(guest_t at);
/* One iovec at `at`. */
guest_t put_iovec(guest_t at, guest_t address, uint32_t size);
