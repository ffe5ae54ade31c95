/* SPDX-License-Identifier: MIT */
/*
 * struct context: the stack of one process and what compiled code finds through it.
 *
 * The process stack holds only wasm frames and the leaf routines that they call (target.h).
 * Entering (context_enter, on a kernel stack) switches to it. Every way out of wasm switches back
 * to the core's kernel stack, *above* the frame of context_enter, and runs one C function there:
 *
 *   gate        call of an imported C function          -> struct gate, gate_function
 *   helper      what compiled code leaves to C (grow)    -> helper_function
 *   lazy        first call of a function                -> compiles, fills the slot, jumps
 *   trap        explicit trap, guard fault               -> context_enter returns the trap
 *
 *   high  +---------------------------+ stack_top
 *         | entry thunk               |
 *         | wasm frames               |
 *         |            v              |
 *         | headroom                  | stack_limit: prologues compare against this; what is
 *         +---------------------------+ pushed before that, and leaves, are below STACK_HEADROOM
 *   low   | guard page                | stack_base: a touch is TRAP_STACK_OVERFLOW
 *         +---------------------------+
 *
 * Offsets of the fields in the first block are known to the targets (static_asserts in
 * target/<cpu>).
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

/* Runs on the kernel stack. values[] holds the parameters (i32 and f32 in the low half, upper half
 * zero) and takes the results. To trap the caller: set context->trap. `gate` is the function object
 * that was called. Returns the context to go on with: the same, or another whose turn it is. */
typedef struct context *gate_function(struct context *context, struct function *gate,
                                      uint64_t *values);

struct context {
    uintptr_t stack_limit;
    uintptr_t kernel_sp;  /* set by context_enter: where gates run */
    uintptr_t process_sp; /* valid while the process is inside a gate or helper; 0 before */
    uintptr_t saved[12];  /* callee-saved registers at a gate, as the target needs them */
    uint64_t saved_float[16];
    enum trap trap;               /* set by a C function: trap instead of returning */
    uint64_t values[GATE_VALUES]; /* of a gate, or arguments of a helper */
    const void *stub_helper;      /* where compiled code calls: <engine/target.h> */
    const void *stub_leaves[3];
    const void *stub_relays[2]; /* return addresses of relays */

    struct engine *engine;
    uintptr_t stack_base, stack_top;
    uint32_t stack_uses; /* of its region */
    void *owner;         /* the kernel's process, or the host's runner */

    /* How the last entry ended by a trap; for traces. */
    uintptr_t trap_pc;
    uintptr_t trap_sp;
    uintptr_t trap_address; /* of a guard fault; 0 else */

    uint8_t activity; /* enum sample_place of the C function that works for it; sample.h */
};

/* Allocates the stack: `size` bytes of whole pages, beside the guard page. */
status_t context_create(struct engine *engine, size_t size, struct context **out);
void context_destroy(struct context *context);

/* Calls a function object with arguments of its type (each in a 64-bit word; references are
 * pointers to function objects or opaque words). Results overwrite values[], which must hold the
 * larger number. TRAP_NONE: it returned. Not to be called while the context is inside another
 * entry. */
enum trap context_enter(struct context *context, struct function *function, uint64_t *values);

/* A CPU exception that struck while compiled code of `engine` may have been running. */
struct fault {
    uintptr_t pc;
    uintptr_t sp;
    uintptr_t address; /* that could not be accessed; 0 when the fault is no memory access */
    bool memory;       /* a memory access, else an illegal instruction or arithmetic exception */
};

/* Where execution goes on after a trap: the port puts these into the interrupted registers. */
struct resume {
    uintptr_t pc;
    uintptr_t sp;
    uintptr_t argument; /* first C argument register */
};

/* Called by the port's exception handler with the context that ran on this core. True: it is a trap
 * of the program; *resume says where to continue (off the process stack). False: it is not ours.
 * Takes no lock, allocates nothing; may be called on an exception stack. */
bool context_fault(struct context *context, const struct fault *fault, struct resume *resume);

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
