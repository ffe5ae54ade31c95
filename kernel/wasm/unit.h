/* SPDX-License-Identifier: MIT */
/*
 * A program: the process, the modules that it is made of, and while it lives its stack and its
 * units. Unit 0 is the program's own module, the others are the adapters that it needs; each has
 * its own memory, and gates of its own, because a gate's pointers mean the memory of whoever
 * imported it. A program may live several times (abi/process.h), each time with fresh units.
 */
#pragma once
#include <abi/process.h>
#include <abi/system.h>
#include <base/checked.h>
#include <base/list.h>
#include <kernel/program.h>

/* What an adapter does with its program's memory. */
enum copy : uint32_t { COPY_READ, COPY_WRITE, COPY_CALL, COPY_COUNT };

struct unit {
    struct program *program;
    const char *name; /* of its module */
    struct module *module;
    struct instance *instance;
    struct memory *memory;              /* 0, once it is linked; NULL when it has none */
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

/* In a program's memory: anywhere, and another thread may write to it at any time. */
typedef struct message_wire guest_message __attribute__((aligned(1)));

/* A message as its owner described it, and where that description lies. */
struct described {
    guest_message *place;
    uint32_t payload; /* its address, as the owner gave it */
    struct message message;
};

/* A module that processes are made of. Its code is shared by all of them. */
struct program_module {
    struct shared shared;
    struct engine *engine;
    const void *bytes;
    size_t size;
    void *copy; /* of the bytes, when it is the module's own; NULL: borrowed */
    bool stays, bodies_later;
    struct process *payer;    /* to whom its bytes count; NULL: nobody */
    struct module *opened[2]; /* by enum memory_mode; NULL until asked for; atomic */
    size_t name_size;         /* with the NUL */
    char name[];              /* the import module that it provides as an adapter */
};
extern const struct shared_kind program_module_kind;

/* What a program runs. */
enum stage : uint8_t {
    STAGE_REST,  /* nothing */
    STAGE_LOAD,  /* to be loaded, by the core that chooses it first */
    STAGE_START, /* start functions, of the adapters first */
    STAGE_MAIN,  /* `_start` of a command, `start` of a handler */
    STAGE_TURNS, /* a handler's `handle`, once per message */
    STAGE_ENDED, /* it is still to be taken down */
};

/* What a program is made from, and stays. */
struct program_plan {
    const char *name;                /* copied */
    struct program_module **modules; /* [0] the program's; each gets a reference */
    size_t module_count;
    struct process_limits limits;
    uint32_t memory_pages; /* of all its memories; 0: as the machine has */
    size_t stack_size;
    enum memory_mode memory_mode;
    bool handler, trap_unknown_imports;
    void (*complain)(void *data, const char *line);
    void *data;
};

/* What is touched by every message comes first, on few lines of the cache. */
struct program {
    struct process *process;
    struct context *context;
    enum stage stage;
    bool handles;              /* it is in a turn */
    bool receives;             /* incoming is to be stored when the gate is over */
    bool waits;                /* in a gate that answered WAITING */
    bool exited;               /* by the gate `exit`, which takes the way of TRAP_KILLED */
    struct function *handle;   /* of a handler */
    uint64_t handle_argument;  /* the address of its message */
    struct unit *units;        /* plan.module_count places */
    struct described turn;     /* that message, as it was named at first */
    struct described incoming; /* of the gate that it is in, or of its turn */

    /* the rest of one life */
    size_t unit_count;
    struct memory *guest_memory; /* what adapters copy to and from; NULL when there is none */
    struct unknown *unknowns;
    const struct import *unknown_called; /* the import that TRAP_UNKNOWN_IMPORT is about */
    size_t starting;                     /* STAGE_START: units whose turn is still to come */
    uint32_t exit_code;
    uint64_t first_instruction_ns; /* port_time_ns() when its code was entered; 0: never */

    struct program_plan plan; /* its name is that of modules[0] */
    struct engine *engine;
    bool is_ward;    /* complaints say whose they are */
    bool is_awaited; /* by program_run(): the core leaves for it when it rests */
    unsigned core;   /* that one */
    uint8_t *birth;  /* of its next life, or this */
    uint32_t birth_size;
    struct memory_budget budget;
};

/* gates.c: into the struct that the program named. */
void described_store(const struct described *described);
/* A message to be received, described at this address of the unit's memory. False: a bad pointer.
 */
bool described_fetch_incoming(const struct unit *unit, uint32_t address, struct described *out);

/* run.c */

/* The program's stages begin. False: it has ended. */
bool program_enter(struct program *program);
/* Its life is over, by a trap or not: it is told, and so is its guardian. */
void program_ended(struct program *program, enum trap trap);
/* Before what may answer WAITING. */
void program_gate_begin(struct program *program);
/* The end of a gate: with its status, or WAITING. Answers who goes on on this core. */
struct context *program_gate_end(struct program *program, status_t status);
/* Runs whoever is ready until this program, which has begun, rests. */
void program_finish(struct program *program);
/* It is going away: nobody asks for it. */
void program_forget(const struct program *program);

/* report.c: a line to whoever complaints go to. */
[[gnu::format(printf, 2, 3)]] void program_complain(const struct program *program,
                                                    const char *format, ...);
/* Tells a trap, with the stack trace of the context. */
void program_report_trap(const struct program *program, enum trap trap);

/* birth.c: grants the handles and makes the record. Complains. */
status_t program_birth(struct program *program, const struct program_config *config);
/* The record and the handles that a guardian gives to a program that rests: `record` is a copy of
 * what the guardian said, of port_allocate(), and is the program's when this succeeds.
 * ERR_INVALID, ERR_BAD_HANDLE, ERR_FULL, ERR_NO_MEMORY: nothing has changed. */
status_t program_birth_give(struct program *program, struct process *guardian, uint8_t *record,
                            uint32_t size);

/* module.c: in this mode; stays open as long as the module is there. */
status_t program_module_open(struct program_module *module, enum memory_mode mode,
                             struct module_error *error, struct module **out);
/* Opens a module whose bytes will not stay: afterwards they are not needed any more. */
status_t program_module_settle(struct program_module *module, enum memory_mode mode,
                               struct module_error *error);
/* Says what is wrong with it, to whoever complaints of this program go to. */
void program_complain_module(const struct program *program, const struct program_module *module,
                             status_t status, const struct module_error *error);

/* program.c */

/* A program that rests, with a process that rests. */
status_t program_make(struct engine *engine, const struct program_plan *plan, struct program **out);
/* It begins, by whoever chooses it: ERR_BUSY when it does not rest. */
status_t program_start(struct program *program);
/* From its modules to its first function. False: it has ended, which has been told. */
bool program_load(struct program *program);

/* gates.c: the gate of that name for this unit; ERR_NOT_FOUND, ERR_NO_MEMORY. */
status_t unit_gate(struct unit *unit, struct text name, struct function **out);
/* The copy call of that name for an adapter. */
status_t unit_copy_call(struct unit *unit, struct text name, struct function **out);
/* What traps in place of an import. ERR_NOT_SUPPORTED: not with so many parameters. */
status_t unit_unknown(struct unit *unit, const struct import *import, struct function **out);
void program_gates_destroy(struct program *program);

/* link.c: fills the imports of all units. Complains about every one that is missing or mistyped. */
status_t program_link(struct program *program);
