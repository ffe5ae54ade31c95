/* SPDX-License-Identifier: MIT */
/*
 * A program while it lives: the process, its stack, and its units. Unit 0 is the program's own
 * module, the others are the adapters that it needs; each has its own memory, and gates of its own,
 * because a gate's pointers mean the memory of whoever imported it.
 */
#pragma once
#include <abi/system.h>
#include <kernel/program.h>

/* What an adapter does with its program's memory. */
enum copy : uint32_t { COPY_READ, COPY_WRITE, COPY_CALL, COPY_COUNT };

struct unit {
    struct program *program;
    const char *name; /* the import module that it provides; the program's own name for unit 0 */
    struct module *module;
    struct instance *instance;
    struct function *gates[GATE_COUNT]; /* made when first imported */
    struct function *copies[COPY_COUNT];
};

/* Stands in for an import that nothing provides. */
struct unknown {
    struct unknown *next;
    struct program *program;
    const struct import *import;
    struct function *gate;
};

/* A message as its owner described it, and where that description lies. */
struct described {
    void *place;
    struct message_wire wire;
    struct message message;
};

/* What a program runs. */
enum stage : uint8_t {
    STAGE_START, /* start functions, of the adapters first */
    STAGE_MAIN,  /* `_start` of a command, `start` of a handler */
    STAGE_TURNS, /* a handler's `handle`, once per message */
    STAGE_ENDED,
};

struct program {
    const struct program_config *config; /* while it is loaded, and for complaints */
    struct engine *engine;
    struct process *process;
    struct context *context;
    struct unit *units; /* unit_capacity places */
    size_t unit_capacity, unit_count;
    struct memory *guest_memory; /* what adapters copy to and from; NULL when there is none */
    struct unknown *unknowns;
    const struct import *unknown_called; /* the import that TRAP_UNKNOWN_IMPORT is about */
    uint8_t *birth;
    uint32_t birth_size;
    bool is_handler;
    enum stage stage;
    size_t starting;           /* STAGE_START: units whose turn is still to come */
    struct function *handle;   /* of a handler */
    uint64_t handle_argument;  /* the address of its message */
    bool handles;              /* it is in a turn */
    struct described incoming; /* of the gate that it is in, or of its turn */
    bool receives;             /* incoming is to be stored when the gate is over */
    bool waits;                /* in a gate that answered WAITING */
    enum trap trap;            /* how it ended; TRAP_NONE: it returned */
    bool exited;               /* by the gate `exit`, which takes the way of TRAP_KILLED */
    uint32_t exit_code;
};

/* Memory 0 of a unit; NULL when it has none. */
static inline struct memory *unit_memory(const struct unit *unit) {
    return unit->module->memory_count > 0 ? unit->instance->memories[0] : nullptr;
}

/* gates.c: into the struct that the program named. */
void described_store(const struct described *described);
/* A message to be received, described at this address of the unit's memory. False: a bad pointer.
 */
bool described_fetch_incoming(const struct unit *unit, uint32_t address, struct described *out);

/* run.c */

/* The program's stages begin: it is ready. */
void program_begin(struct program *program);
/* The end of a gate: with its status, or WAITING. Answers who goes on on this core. */
struct context *program_gate_end(struct program *program, status_t status);
/* Runs whoever is ready until this program has ended. */
void program_finish(struct program *program);
/* Runs whoever is ready until nobody is. */
void programs_settle(void);

/* report.c: a line to whoever complaints go to. */
[[gnu::format(printf, 2, 3)]] void program_complain(const struct program *program,
                                                    const char *format, ...);
/* Tells a trap, with the stack trace of the context. */
void program_report_trap(const struct program *program, enum trap trap);

/* birth.c: grants the handles and makes the record. Complains. */
status_t program_birth(struct program *program);

/* gates.c: the gate of that name for this unit; ERR_NOT_FOUND, ERR_NO_MEMORY. */
status_t unit_gate(struct unit *unit, struct text name, struct function **out);
/* The copy call of that name for an adapter. */
status_t unit_copy_call(struct unit *unit, struct text name, struct function **out);
/* What traps in place of an import. ERR_NOT_SUPPORTED: not with so many parameters. */
status_t unit_unknown(struct unit *unit, const struct import *import, struct function **out);
void program_gates_destroy(struct program *program);

/* link.c: fills the imports of all units. Complains about every one that is missing or mistyped. */
status_t program_link(struct program *program);
