/* SPDX-License-Identifier: MIT */
/*
 * struct context: the stack of one process, what compiled code finds through it, and how it goes on
 * when it does not run.
 *
 * The process stack holds only wasm frames and the leaf routines that they call (target.h). A core
 * lets contexts run by context_go(), on its kernel stack; that frame belongs to the core and to no
 * context. Every way out of wasm switches back to the kernel stack, right above that frame, and
 * runs one C function there, which answers the context that goes on on this core: the same or
 * another, or NULL: then context_go() returns.
 *
 *   gate        call of an imported C function           -> struct function, gate_function
 *   exit        its function has returned; a trap, also one that a C function set; preempted
 *                                                        -> context->stopped
 *   helper      what compiled code leaves to C (grow)     -> helper_function
 *   lazy        first call of a function                 -> compiles, fills the slot
 *
 * (The last two always go on with the same context.) A context that does not run waits in its
 * record, wherever it was: not yet begun, in a gate, or between any two instructions. To let it go
 * on is one jump to `resume`, on any core, by one core at a time: what the core before wrote to the
 * record must be visible there, as a lock makes it.
 *
 *   high  +---------------------------+ stack_top
 *         | argument and result words |
 *         | wasm frames               |
 *         |            v              |
 *         | headroom                  | stack_limit: prologues compare against this; what is
 *         +---------------------------+ pushed before that, and leaves, are below STACK_HEADROOM
 *   low   | guard page                | stack_base: a touch is TRAP_STACK_OVERFLOW
 *         +---------------------------+
 *
 * Offsets of its fields are known to the targets (static_asserts in target/<cpu>).
 */
#pragma once
#include <abi/status.h>
#include <abi/trap.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct function;
struct instance;
struct context;

constexpr size_t STACK_HEADROOM = 16 * 1024;
constexpr uint32_t GATE_VALUES = 16; /* most parameters or results of a gate */
constexpr uint32_t CONTEXT_REGISTERS = 68;

/* Runs on the kernel stack. values[] holds the parameters (i32 and f32 in the low half, upper half
 * zero) and takes the results. To trap the caller: set context->trap. `gate` is the function object
 * that was called. Returns the context to go on with on this core: the same, another that is ready,
 * or NULL. */
typedef struct context *gate_function(struct context *context, struct function *gate,
                                      uint64_t *values);

enum stop : uint8_t {
    STOP_NONE, /* not since it was prepared */
    STOP_RETURNED,
    STOP_TRAPPED,   /* context->trap says how */
    STOP_PREEMPTED, /* it may go on like any other */
};

/* Runs on the kernel stack when a context stops other than in a gate. Answers like a gate. After
 * STOP_RETURNED and STOP_TRAPPED the context must be prepared again before it goes on; it may be
 * destroyed here. */
typedef struct context *stop_function(struct context *context, enum stop why);

/* What every switch touches comes first, on few lines of the cache. */
struct context {
    uintptr_t stack_limit;
    uintptr_t kernel_sp;  /* of the core where it runs, or ran last: where C runs; set whenever it
                             goes on, so that a gate sees whether it has run elsewhere meanwhile */
    uintptr_t process_sp; /* while it is not begun, or in a gate or helper; 0 when it has ended */
    const void *resume;   /* where it goes on; a stub */
    enum trap trap;       /* set by C: it traps when it would go on */
    struct function *function; /* that it runs */
    uintptr_t trap_pc;         /* where it trapped or was preempted; 0: it did not */
    uintptr_t trap_sp;

    struct engine *engine;
    uintptr_t stack_base, stack_top;
    void *owner;            /* the kernel's process, or the host's runner */
    stop_function *stopped; /* set by the embedder; at first what context_enter() needs */
    uintptr_t trap_address; /* of a guard fault; 0 else */
    size_t words_size;      /* bytes of the stack for the function's arguments and results */
    uint32_t stack_uses;    /* of its region */
    enum stop stop;         /* how it left last */
    uint8_t activity;       /* enum sample_place of the C function that works for it; sample.h */

    uintptr_t saved[12]; /* callee-saved registers at a gate, arguments, as the target needs them */
    uint64_t values[GATE_VALUES]; /* of a gate, or arguments of a helper */
    uint64_t results[2];          /* result 0 of the function: as an integer, as a float */
    uint64_t saved_float[16];
    const void *stub_helper; /* where compiled code calls: <engine/target.h> */
    const void *stub_leaves[3];
    const void *stub_relays[2];            /* return addresses of relays */
    uint64_t registers[CONTEXT_REGISTERS]; /* when preempted, as the target lays them out */
};

/* Allocates the stack: `size` bytes of whole pages, beside the guard page. */
status_t context_create(struct engine *engine, size_t size, struct context **out);
void context_destroy(struct context *context);

/* Makes the context begin with this call when it next goes on; nothing runs yet. values[]: an
 * argument of the function's type each (references are pointers to function objects or opaque
 * words). Not while it waits in a gate or preempted, unless that is given up. ERR_NO_MEMORY: the
 * stack is too small for the argument words. */
status_t context_prepare(struct context *context, struct function *function,
                         const uint64_t *values);
/* Lets the context go on on this core, and then whatever follows it, until a C function answers
 * NULL. Called on the kernel stack; may be called within a gate, where that stack goes on below. */
void context_go(struct context *context);
/* What the function returned, a value of its type each: after STOP_RETURNED. */
void context_results(const struct context *context, uint64_t *values);

/* Prepares, goes, and waits for the end: for those who run one function. Gates must let this
 * context end before they answer NULL. Results overwrite values[], which must hold the larger
 * number. TRAP_NONE: it returned. Not to be called while the context waits. */
enum trap context_enter(struct context *context, struct function *function, uint64_t *values);

/* A CPU exception that struck while compiled code of `engine` may have been running. */
struct fault {
    uintptr_t pc;
    uintptr_t sp;
    uintptr_t address; /* that could not be accessed; 0 when the fault is no memory access */
    bool memory;       /* a memory access, else an illegal instruction or arithmetic exception */
};

/* Three registers of interrupted code, for the port to exchange. The others keep what they hold. */
struct resume {
    uintptr_t pc;
    uintptr_t sp;
    uintptr_t argument; /* first C argument register */
};

/* Called by the port's exception handler with the context that ran on this core. True: it is a trap
 * of the program; *resume says where to continue (off the process stack). False: it is not ours.
 * Takes no lock, allocates nothing; may be called on an exception stack. */
bool context_fault(struct context *context, const struct fault *fault, struct resume *resume);

/* Called by the port's handler of a timer or another interrupt, with the context that ran on this
 * core and what these registers held. True: the interrupted code is to go on with what they say
 * now; the context will be preempted: stopped(context, STOP_PREEMPTED). False: kernel code runs,
 * which looks by itself; or for a few instructions it cannot be: try again soon. As for faults, no
 * lock is taken. */
bool context_preempt(struct context *context, struct resume *registers);

/* One frame of a wasm stack trace. */
struct frame {
    const struct instance *instance; /* NULL when not known */
    const struct module *module;
    uint32_t function; /* index in its module */
    uint32_t offset;   /* byte offset in the module of the instruction */
};

/* The frames of a trapped context, innermost first; returns how many were written, at most
 * capacity. */
size_t context_trace(const struct context *context, struct frame *frames, size_t capacity);
