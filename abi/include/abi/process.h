/* SPDX-License-Identifier: MIT */
/*
 * Processes as programs make and mind them.
 *
 * module_create() makes a module of bytes; process_create() makes a process that has a mailbox and
 * runs nothing yet; process_mint() makes handles to that mailbox, so that processes may know each
 * other before any of them runs; process_start() gives it its birth record and lets it run.
 *
 * Whoever creates a process is its guardian: it alone has the process handle, which can neither be
 * copied nor sent. The handle is the process: when it is closed (or its guardian ends), the process
 * is killed, its mailbox closes and its clients learn ERR_CLOSED; MESSAGE_ENDED
 * does not come then.
 *
 *   created --start--> running --returns, exits, traps, is killed--> ended
 *                         ^                                            |
 *                         +------------------- start ------------------+   a fresh instance
 *
 * While a process rests (created or ended), its mailbox takes messages, nobody receives them, and
 * its clients wait. When it ends its memory goes and its handles are closed, the processes that it
 * minds with them, but for the rights to answer requests that it has taken: those wait for what the
 * guardian decides. The guardian gets MESSAGE_ENDED at each end, with its key as the badge and the
 * words below; the place for that is kept from process_create() on (an end that was not received
 * before the next one is replaced by it). A second start is a restart: handles that others hold to
 * the mailbox stay good, undelivered messages stay, requests that were taken are answered with
 * ERR_RESTARTED, and it is born with new handles. (Answers and MESSAGE_RELEASED that its last life
 * asked for are undelivered messages, too.)
 *
 * A child is never more urgent than its guardian: one that asks for more gets the guardian's
 * priority.
 */
#pragma once
#include <abi/handle.h>
#include <stdint.h>

constexpr uint32_t PROCESS_NAME_MAX = 32; /* bytes, with the NUL */
constexpr uint32_t MODULE_NAME_MAX = 64;  /* likewise */
constexpr uint32_t PROCESS_MODULES = 4;
constexpr uint32_t PROCESS_PRIORITIES = 16;

enum process_flags : uint32_t {
    PROCESS_HANDLER = 1, /* exports `start` and `handle`; otherwise a command with `_start` */
    PROCESS_CHECKED = 2, /* checked memories: takes little address space, runs a little slower */
    PROCESS_TRAP_IMPORTS = 4, /* a missing import traps when it is called */
};

/* 88 bytes. Zero means the default in every limit. */
struct process_spec {
    char name[PROCESS_NAME_MAX];
    handle_t modules[PROCESS_MODULES]; /* [0] the program; then adapters, by their modules' names */
    uint32_t module_count;
    uint32_t flags;            /* enum process_flags */
    uint32_t priority;         /* 0 is the most urgent; no more than the guardian's */
    uint32_t stack_size;       /* bytes; a whole number of pages is taken */
    uint32_t memory_pages;     /* of 64 KiB, of all its memories together */
    uint32_t handles;          /* most at once */
    uint32_t mailbox_messages; /* most undelivered */
    uint32_t mailbox_bytes;    /* and bytes of their payloads */
    uint32_t turn_ms;          /* a handler's longest turn, CPU time; beyond it TRAP_TURN_LIMIT */
    uint32_t unused;
};
static_assert(sizeof(struct process_spec) == 88);

/* MESSAGE_ENDED: words[0] is how, the others say more. */
enum process_end : uint32_t {
    PROCESS_EXITED = 1,  /* words[1]: the exit code; 0 when it returned */
    PROCESS_TRAPPED = 2, /* words[1]: enum trap; [2]: function << 32 | offset of the instruction in
                            the module; [3]: index of the module in spec.modules */
    PROCESS_KILLED = 3,
    PROCESS_REFUSED = 4, /* words[1]: the status; it could not be linked or had no memory. The log
                            says more */
};

enum process_state_public : uint32_t {
    PROCESS_STATE_CREATED = 1,
    PROCESS_STATE_RUNNING = 2, /* or ready to */
    PROCESS_STATE_WAITING = 3,
    PROCESS_STATE_ENDED = 4,
};

/* What a process is and has at this moment. 120 bytes. */
struct process_info {
    char name[PROCESS_NAME_MAX];
    uint64_t number;   /* of this process, never used again */
    uint64_t guardian; /* the number of its guardian; 0: the kernel */
    uint32_t state;    /* enum process_state_public */
    uint32_t priority;
    uint64_t cpu_ns;       /* accounted CPU time since it was created */
    uint64_t turns;        /* messages it received */
    uint64_t memory_bytes; /* linear memories and stack, as promised */
    uint64_t kernel_bytes; /* what the kernel allocated for it */
    uint32_t handles, handle_limit;
    uint32_t messages, message_limit; /* in the mailbox */
    uint32_t restarts;
    uint32_t unused;
    uint64_t reserved;
};
static_assert(sizeof(struct process_info) == 120);
