/* SPDX-License-Identifier: MIT */
/*
 * Programs on a core: one context after the other on its kernel stack. core_schedule() chooses a
 * process; here that becomes the context that goes on.
 *
 *   program_finish --context_go--> wasm --gate--> C --+--> the same context
 *        ^                          ^                 +--> dispatch(): another one's
 *        |                          +---------------------------+
 *        +--- NULL: the program that it waits for rests --------+
 *
 * A program runs one function after the other (enum stage); when one has returned the next is
 * prepared, and a handler's next turn is when a message is there.
 */
#include "unit.h"
#include <base/ensure.h>
#include <engine/port.h>
#include <kernel/lock.h>
#include <kernel/port.h>

/* ---- who goes on ---- */

/* What the gate answered stands where its thunk looks for it. */
static void end_wait(struct program *program, status_t status) {
    if (program->receives && status == OK) {
        described_store(&program->incoming);
    }
    program->receives = program->waits = false;
    program->context->values[0] = (uint32_t)status;
}

/* A message lies in the kernel's copy of its struct. */
static void begin_turn(struct program *program) {
    program->incoming.place = program->turn.place; /* it may have called, within its turns */
    program->incoming.payload = program->turn.payload;
    described_store(&program->incoming);
    program->handles = true;
    ensure(context_prepare(program->context, program->handle, &program->handle_argument) == OK);
}

/* Of each core. */
static struct core_state {
    bool settles;            /* it sleeps no more: programs_settle() */
    struct context *current; /* the one that runs, or ran last */
    struct program *asker;   /* whose gate asks who goes on; NULL when it is gone meanwhile */
} states[CORES];

static struct core_state *state_get(void) {
    return &states[port_core()];
}

/* The program was chosen: its context is to go on. False: it has ended before it began. */
static bool go_on(struct program *program) {
    if (program->stage == STAGE_LOAD) {
        return program_load(program);
    }
    if (program->waits) {
        end_wait(program, process_status(program->process));
    } else if (program->stage == STAGE_TURNS && !program->handles) {
        begin_turn(program);
    }
    return true;
}

static struct context *switch_to(struct context *context) {
    state_get()->current = context;
    port_context_set(context);
    return context;
}

/* NULL: nobody is ready, and nobody ever will be, or the core does not wait for that. */
static struct context *dispatch(void) {
    struct process *process;
    bool settles = state_get()->settles;
    while ((process = settles ? core_poll() : core_schedule()) != nullptr) {
        struct program *program = process_data(process);
        if (go_on(program)) {
            return switch_to(program->context);
        }
    }
    return switch_to(nullptr);
}

/* What it waits for can never happen. A handler between turns is ended instead. */
static void unblock(struct program *program) {
    if (program->waits) {
        process_unblock(program->process);
    } else {
        process_kill(program->process);
    }
}

/* Where several cores run nobody asks for it when it is gone, and the port looks at a context only
 * while its code runs. */
void program_forget(const struct program *program) {
    struct core_state *state = state_get();
    state->asker = state->asker == program ? nullptr : state->asker;
    if (state->current != nullptr && state->current == program->context) {
        (void)switch_to(nullptr);
    }
}

/* It waits for what can never happen: nobody else is there who could go on, or will be. */
static bool waits_forever(const struct core_state *state, const struct program *program) {
    return !state->settles && !core_returns() && state->asker == program && program->waits;
}

void program_gate_begin(struct program *program) {
    program->waits = true;
}

/* When it waits it may have gone on already, on another core, or be gone. */
struct context *program_gate_end(struct program *program, status_t status) {
    struct core_state *state = state_get();
    if (status != WAITING) {
        end_wait(program, status);
        if (!process_is_preceded(program->process)) {
            return program->context;
        }
        if (process_turn_is_spent(program->process)) { /* the gate goes the way of a trap */
            program->context->trap = TRAP_TURN_LIMIT;
            return program->context;
        }
        process_give_way(program->process);
    }
    state->asker = program;
    struct context *next = dispatch();
    if (next == nullptr && waits_forever(state, program)) {
        process_unblock(program->process);
        next = dispatch();
    }
    return next;
}

/* ---- stages ---- */

/* Which of the modules that the program is made of; the engine may share one for two of them. */
static size_t module_number(const struct program *program, const struct module *module) {
    for (size_t i = 0; i < program->plan.module_count; i++) {
        if (program->plan.modules[i]->opened[program->plan.memory_mode] == module) {
            return i;
        }
    }
    return 0;
}

/* Where it happened, as MESSAGE_ENDED tells it. */
static void tell_place(const struct program *program, struct process_ending *ending) {
    struct frame frame;
    if (context_trace(program->context, &frame, 1) > 0) {
        ending->words[2] = (uint64_t)frame.function << 32 | frame.offset;
        ending->words[3] = module_number(program, frame.module);
    }
}

void program_ended(struct program *program, enum trap trap) {
    bool exited = trap == TRAP_NONE || (trap == TRAP_KILLED && program->exited);
    struct process_ending ending = {.words = {PROCESS_EXITED, program->exit_code}};
    if (!exited) {
        ending = (struct process_ending){.words = {PROCESS_TRAPPED, trap}};
        tell_place(program, &ending);
        program_report_trap(program, trap);
    }
    program->stage = STAGE_ENDED;
    process_end(program->process, &ending);
}

static struct context *end(struct program *program, enum trap trap) {
    program_ended(program, trap);
    return dispatch();
}

static bool prepare(struct program *program, struct function *function) {
    const uint64_t none = 0;
    return function != nullptr && context_prepare(program->context, function, &none) == OK;
}

static struct function *find_export(const struct program *program, const char *name) {
    struct external external;
    status_t status = instance_export(program->units[0].instance, text_of(name), &external);
    return status == OK && external.kind == EXTERNAL_FUNCTION ? external.function : nullptr;
}

/* The next unit with a start function. */
static bool prepare_start(struct program *program) {
    while (program->starting > 0) {
        struct instance *instance = program->units[--program->starting].instance;
        if (instance->module->has_start) {
            return prepare(program, instance_start(instance));
        }
    }
    program->stage = STAGE_MAIN;
    program->handle = find_export(program, "handle");
    return prepare(program, find_export(program, program->plan.handler ? "start" : "_start"));
}

/* What `start` has returned is where its messages are to go. */
static bool become_handler(struct program *program) {
    uint64_t values[GATE_VALUES];
    context_results(program->context, values);
    program->handle_argument = values[0];
    if (!described_fetch_incoming(&program->units[0], (uint32_t)values[0], &program->incoming)) {
        return false;
    }
    program->stage = STAGE_TURNS;
    program->turn = program->incoming;
    process_set_handler(program->process, &program->incoming.message);
    return true;
}

static struct context *returned(struct program *program) {
    switch (program->stage) {
    case STAGE_START:
        return prepare_start(program) ? program->context : end(program, TRAP_NO_MEMORY);
    case STAGE_MAIN:
        if (!program->plan.handler) {
            return end(program, TRAP_NONE);
        }
        return become_handler(program) ? dispatch() : end(program, TRAP_BAD_CALL);
    case STAGE_TURNS:
        program->handles = false;
        if (process_turn_next(program->process)) {
            begin_turn(program);
            return program->context;
        }
        return dispatch();
    case STAGE_REST:
    case STAGE_LOAD:
    case STAGE_ENDED:
        break;
    }
    ensure(!"a program that has ended returns");
    return nullptr;
}

static struct context *stopped(struct context *context, enum stop why) {
    struct program *program = context->owner;
    switch (why) {
    case STOP_RETURNED:
        return returned(program);
    case STOP_TRAPPED:
        return end(program, context->trap);
    case STOP_PREEMPTED:
        if (process_turn_is_spent(program->process)) {
            return end(program, TRAP_TURN_LIMIT);
        }
        process_give_way(program->process);
        return dispatch();
    case STOP_NONE:
        break;
    }
    ensure(!"stopped for no reason");
    return nullptr;
}

/* ---- from outside ---- */

bool program_enter(struct program *program) {
    program->context->owner = program;
    program->context->stopped = stopped;
    program->stage = STAGE_START;
    program->starting = program->unit_count;
    program->exit_code = 0;
    bool prepared = prepare_start(program);
    if (!prepared) {
        program_ended(program, TRAP_NO_MEMORY);
    }
    return prepared;
}

void program_finish(struct program *program) {
    while (!process_rests(program->process)) {
        struct context *next = dispatch();
        if (next != nullptr) {
            context_go(next);
        } else if (!core_returns()) {
            unblock(program); /* whoever could answer it waits, too */
        }
    }
    core_return(port_core(), false);
    process_switch(nullptr);
}

static void run_all(void) {
    for (struct context *next; (next = dispatch()) != nullptr;) {
        context_go(next);
    }
}

static void settle(void) {
    struct core_state *state = state_get();
    state->settles = true;
    run_all();
    state->settles = false;
}

/* ---- several cores ---- */

static uint32_t running; /* atomic: other cores than the first that run programs */

void programs_run(void) {
    run_all();
    settle();
    __atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
}

void programs_share(unsigned count) {
    cores_use(count);
    for (unsigned i = 1; i < count; i++) {
        core_return(i, false);
    }
    __atomic_store_n(&running, count - 1, __ATOMIC_RELEASE);
}

/* Nobody puts anybody into another's queue: when the others have left, and we have settled, all is
 * quiet. */
void programs_settle(void) {
    settle();
    for (unsigned i = 1; i < cores_count(); i++) {
        core_return(i, true);
    }
    while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) != 0) {
        settle();
        lock_pause();
    }
    cores_use(1);
    settle();
}
