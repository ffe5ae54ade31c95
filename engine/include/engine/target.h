/* SPDX-License-Identifier: MIT */
/*
 * struct target: a CPU as a value. The compiler sees registers as sets, operations
 * with a destination and two sources, abstract addresses and fused conditions; how many
 * instructions each takes is the target's business. target/null is the contract in code: where a
 * port starts.
 *
 * Rules for every operation:
 * - The destination may be any of the sources; a target reads before it writes, or uses its own
 *   temporaries.
 * - Nothing but the destination and the temporaries changes. Temporaries (of which
 *   `temporary_integer`, `temporary_float` and the result registers are known to the compiler) are
 *   in no set that the compiler allocates from.
 * - `move`, and `load`, `store` and `constant` with frame or instance addresses, leave the result
 *   registers alone (unless they are the destination); they may change the other temporaries. So
 *   does `branch`.
 * - Whoever takes an address of a linear memory also checks it, if it is bound (enum bound_kind).
 * - What the upper half of a register holds beside an i32 or f32 is the target's: zeros on x86_64
 *   and aarch64, the sign on riscv64, whose operations leave that; a target that needs zeros for an
 *   address makes them. In a stack word the upper half is undefined. A value that comes from C goes
 *   through `register_word`, or i32.wrap_i64.
 * - An operation names itself by the wasm opcode that it implements. References are as i64.
 *
 * Calling convention (all targets): arguments go to the next free register of their class, then to
 * 8-byte words upwards from sp at the call. Result 0 is in the result register of its class,
 * result i in the word i - 1 upwards from sp at the call. Registers of `callee_saved` and the base
 * are preserved. A call through a function object has it in `function_register`.
 *
 *   high  | argument and result words   |  the caller's outgoing words
 *         +-----------------------------+
 *         | return address              |  target->linkage_size bytes
 *         +-----------------------------+  sp + frame.size
 *         | base, if keeps_base         |
 *         | saved registers, ascending  |  8 bytes each, downwards from here in the order of
 *         |                             |  their numbers
 *         | locals without a register,  |
 *         | save slots of the others    |
 *         | operand stack               |
 *         | outgoing words              |
 *   low   +-----------------------------+  sp
 */
#pragma once
#include <engine/assembler.h>
#include <engine/code.h>
#include <engine/context.h>
#include <engine/opcode.h>

/* Integer registers are 0 to 31, float registers 32 to 63. */
typedef uint64_t register_set;
constexpr uint8_t REGISTER_FLOAT = 32;
constexpr uint8_t REGISTER_NONE = 64;

static inline register_set set_of(uint8_t reg) {
    return reg < 64 ? (register_set)1 << reg : 0;
}

static inline bool type_is_float(enum value_type type) {
    return type == TYPE_F32 || type == TYPE_F64;
}

enum address_kind : uint8_t {
    ADDRESS_FRAME,    /* sp + offset */
    ADDRESS_INSTANCE, /* base - offset */
    ADDRESS_POINTER,  /* reg + offset */
    ADDRESS_MEMORY,   /* of a linear memory: index reg (or REGISTER_NONE) + offset, up to 2^33 */
};

/* How an access to a linear memory is bounded. The operation that is given a bound address checks
 * it: the position becomes the lesser of itself and the memory's size, by data flow and not by a
 * branch, so that not even a mispredicted path reaches further; what was out of bounds faults on
 * the guard behind the size (engine/instance.h). Index and offset add up in 64 bits. Where index
 * and offset together are at most the size and BOUND_OFFSET_MAX the guard is enough, and the
 * address needs no bound: `bind` sees to that. */
enum bound_kind : uint8_t {
    BOUND_NONE,     /* by the address space reserved, or known to be within */
    BOUND_INSTANCE, /* by the size_t at base - bound */
    BOUND_MEMORY,   /* by the size of the struct memory whose address is at base - bound */
};
constexpr uint32_t BOUND_OFFSET_MAX = 16 * 1024 * 1024 - 8;

struct address {
    enum address_kind kind;
    uint8_t reg;
    enum bound_kind bound_kind; /* ADDRESS_MEMORY */
    uint32_t bound;
    uint32_t memory_base; /* ADDRESS_MEMORY: 0 when the memory starts at the base, else where its
                             start is kept: base - memory_base */
    uint64_t offset;
};

enum operand_kind : uint8_t { OPERAND_REGISTER, OPERAND_CONSTANT, OPERAND_ADDRESS };

struct operand {
    enum operand_kind kind;
    uint8_t reg;
    uint64_t bits;
    struct address address;
};

/* A condition: a comparison, or i32.and / i64.and for "has common bits"; `inverted` means its
 * exact negation, also for floats that are NaN. i32.eqz and i64.eqz have no right side. */
struct test {
    enum opcode opcode;
    bool inverted;
    uint8_t left;
    struct operand right;
};

struct frame_plan {
    uint32_t size;      /* as above; a multiple of target->frame_alignment */
    register_set saved; /* of callee_saved */
    bool keeps_base;
    bool checks_stack; /* compare sp with context->stack_limit, trap TRAP_STACK_OVERFLOW */
};

/* A call through a table: index in the result register (i32), checks, function object to
 * function_register. */
struct table_place {
    bool inlined;
    uint32_t elements; /* inlined: base - elements */
    uint32_t size;     /* inlined */
    uint32_t table;    /* else: struct table * at base - table */
    uint32_t type;     /* type index whose canonical type it must have */
};

/* A tail call: the frame goes away, then a jump to the callee. Argument registers are loaded; the
 * argument words lie upwards from sp, as before a call; registers of the frame plan still have to
 * get back what they held. */
struct tail_plan {
    bool defined;      /* `function` of the module; else the function object in function_register */
    uint32_t function; /* defined index */
    uint32_t words;    /* argument words of the callee */
    uint32_t incoming; /* words above our return address that are certainly there */
    uint32_t results;  /* result words */
};

/*
 * A relay: a frame between a caller and a function that was called by tail calls only, for what the
 * caller did not prepare: more argument words than it has given, and its base, when the callee is
 * of another instance. It is made when it is first needed and then serves the whole chain, which so
 * needs constant stack (doc/decisions/0022).
 *
 *   high  | argument and result words   |  the caller's outgoing words
 *         +-----------------------------+
 *         | return address              |  of the caller
 *         +-----------------------------+
 *         | base                        |  for the caller
 *         | number of result words      |  to be copied to the caller
 *         | relay_words[kind] words     |  argument and result words of the callee
 *         +-----------------------------+
 *         | return address              |  of the relay's stub
 *   low   +-----------------------------+  the callee's frame
 */
enum relay : uint32_t { RELAY_SMALL, RELAY_LARGE, RELAY_COUNT };
constexpr uint32_t relay_words[RELAY_COUNT] = {16, LIMIT_PARAMETERS};
static_assert(LIMIT_RESULTS <= LIMIT_PARAMETERS);

/* Bytes from the callee's argument words to the return address of the caller. */
static inline uint32_t relay_size(enum relay relay) {
    return 8 * (relay_words[relay] + 2);
}

/* Leaf routines on the process stack, called with their arguments in leaf_registers and the struct
 * memory * in the result register; they change those and temporaries only. */
enum leaf : uint32_t {
    LEAF_MEMORY_COPY,        /* to, from, size */
    LEAF_MEMORY_FILL,        /* to, byte, size */
    LEAF_MEMORY_COPY_ACROSS, /* to, from, size; the memory of `from` in context->values[0] */
    LEAF_COUNT,
};

/* Where a return address is while its function or stub runs. */
struct return_place {
    uint32_t distance; /* bytes from sp to its word; if `linked`, to the caller's sp */
    bool linked;       /* in the register that calls leave it in, on CPUs that have one */
};

/* What stubs lead to: C functions, called on the kernel stack, and stubs that were placed before.
 */
struct stub_links {
    uintptr_t stopped; /* struct context *(struct context *): which goes on */
    uintptr_t help;    /* uint64_t (context, instance, values, number of the helper) */
    uintptr_t compile; /* const void *(context, instance, defined index): where to go on */
    const void *stop;  /* on the kernel stack, context in the first C argument: stub_stop */
    const void *next;  /* on the kernel stack, with what a C function has answered: in stub_stop */
    /* C runs with interrupts masked: ways out mask before they leave the process stack, ways back
     * unmask behind. The compiler is let run unmasked. */
    bool masks_interrupts;
};

constexpr uint32_t TARGET_PARAMETERS_MAX = 8;

struct target {
    const char *name;
    uint64_t (*features_detect)(void); /* of the CPU it runs on; 0 elsewhere */

    register_set scratch;      /* of expressions; at least three of each class */
    register_set caller_saved; /* homes; scratch where they are not homes */
    register_set callee_saved; /* homes */
    uint8_t integer_parameters[TARGET_PARAMETERS_MAX], float_parameters[TARGET_PARAMETERS_MAX];
    uint8_t integer_parameter_count, float_parameter_count;
    uint8_t result_integer, result_float;
    uint8_t temporary_integer, temporary_float;
    uint8_t function_register; /* a temporary */
    uint8_t leaf_registers[3]; /* of scratch */
    uint32_t frame_alignment;
    uint32_t linkage_size;
    /* For stack traces: where stub_go left its C caller's frame pointer and return address,
     * in bytes from context->kernel_sp. */
    uint32_t entry_frame_pointer, entry_return;
    /* A word with an argument as a register holds it; NULL: an i32 or f32 with a zero upper half.
     */
    uint64_t (*register_word)(enum value_type, uint64_t bits);

    /* For samples; both NULL: interrupted code's caller is not known. Where the return address is
     * before the instruction at offset `at`, which may be in a prologue, an epilogue or a tail
     * call; a wrong answer is possible only where a relay is being made. The same in a stub on the
     * process stack; `relay`: bytes of the relay that it takes down, else 0. */
    struct return_place (*frame_left)(const struct code *, uint32_t at);
    struct return_place (*stub_left)(const uint8_t *at, uint32_t relay);

    /* Frames. */
    void (*prologue)(struct assembler *, const struct frame_plan *, uint32_t *size);
    void (*epilogue)(struct assembler *, const struct frame_plan *);
    void (*zero_frame)(struct assembler *, uint32_t offset, uint32_t words);

    /* to = the lesser of the index register of this bound address and the memory's size, by data
     * flow. It may be that register. An access to that memory through it follows. */
    void (*bind)(struct assembler *, uint8_t to, const struct address *);

    /* Data. Loads and stores are named by wasm opcodes; store takes a register or a constant. */
    void (*move)(struct assembler *, enum value_type, uint8_t to, uint8_t from);
    void (*constant)(struct assembler *, enum value_type, uint8_t to, uint64_t bits);
    void (*load)(struct assembler *, enum opcode, uint8_t to, const struct address *);
    void (*store)(struct assembler *, enum opcode, const struct operand *, const struct address *);

    /* Arithmetic. immediate_fits: may `right` be this constant? memory_fits: may it be an address
     * of this kind? Division by zero and the like branch to assembler_trap(). */
    bool (*immediate_fits)(enum opcode, uint64_t bits);
    bool (*memory_fits)(enum opcode, enum address_kind);
    register_set (*clobbers)(enum opcode); /* of allocatable registers, besides the destination */
    void (*binary)(struct assembler *, enum opcode, uint8_t to, uint8_t left,
                   const struct operand *right);
    void (*unary)(struct assembler *, enum opcode, uint8_t to, uint8_t from);
    /* to = left + (right << shift), shift 1 to 3; i32_add or i64_add. */
    void (*add_shifted)(struct assembler *, enum opcode, uint8_t to, uint8_t left, uint8_t right,
                        uint32_t shift);

    /* Conditions. */
    void (*set)(struct assembler *, uint8_t to, const struct test *);
    void (*branch)(struct assembler *, const struct test *, struct label *);
    void (*select)(struct assembler *, enum value_type, uint8_t to, uint8_t if_true,
                   uint8_t if_false, const struct test *);

    /* Jumps. jump_table ends with the table's start: `count` entries of 4 bytes follow, written by
     * the caller; index (in the result register) >= count goes to `otherwise`. */
    void (*jump)(struct assembler *, struct label *);
    uint32_t (*jump_table)(struct assembler *, uint32_t count, struct label *otherwise);
    void (*patch)(struct assembler *, const struct patch *, uint32_t position);
    void (*trap)(struct assembler *);
    void (*nop)(struct assembler *);

    /* Calls. Each records its site. */
    void (*call_defined)(struct assembler *, uint32_t defined);
    /* Sets the callee's base, and ours again from base_offset in the frame behind it. `near`: most
     * likely it is ours already. */
    void (*call_function)(struct assembler *, uint32_t base_offset, bool near);
    void (*table_function)(struct assembler *, const struct table_place *);
    /* Arguments are in context->values; the result comes in result_integer. */
    void (*call_helper)(struct assembler *, uint32_t helper);
    void (*call_leaf)(struct assembler *, enum leaf); /* traps when out of bounds */
    void (*tail_call)(struct assembler *, const struct frame_plan *, const struct tail_plan *);

    /* Stubs. A context goes on by a jump to context->resume on the kernel stack, with the context
     * in a register that the target's C preserves. */
    void (*stub_go)(struct assembler *, const struct stub_links *); /* void (struct context *) */
    /* Calls links->stopped and goes on with what it answers. Returns where in it links->next is. */
    uint32_t (*stub_stop)(struct assembler *, const struct stub_links *);
    /* A context goes on here at first: what argument registers get is in saved[] and saved_float[];
     * process_sp is at the return address, of stub_finish, which keeps results[] and stops. */
    void (*stub_start)(struct assembler *, const struct stub_links *);
    void (*stub_finish)(struct assembler *, const struct stub_links *);
    /* Resumed by the port's handler on the kernel stack with the context in the first C argument
     * register, whose own value is in registers[0]: saves the others and stops. stub_resume gets
     * them back, goes on at trap_pc and trap_sp, and clears trap_pc; it may use the `resume_room`
     * bytes below trap_sp. */
    void (*stub_preempt)(struct assembler *, const struct stub_links *);
    void (*stub_resume)(struct assembler *, const struct stub_links *);
    uint32_t resume_room;
    /* Is the instruction of a stub one before which the core's kernel stack is in a register
     * already? NULL: there is none. */
    bool (*stub_leaves_stack)(const uint8_t *at);
    void (*stub_gate)(struct assembler *, const struct stub_links *, const struct function_type *);
    void (*stub_helper)(struct assembler *, const struct stub_links *);
    void (*stub_leaf)(struct assembler *, enum leaf);
    void (*stub_relay)(struct assembler *, enum relay); /* where callees in a relay return to */
    /* `count` stubs of stub_lazy_size bytes each, for `first` and up; then what they share. */
    void (*stub_lazy)(struct assembler *, const struct stub_links *, uint32_t first,
                      uint32_t count);
    uint32_t stub_lazy_size;
};

/* Walks the parameters of a type in order. */
struct convention {
    uint32_t integers, floats, words;
};

/* The register of the next parameter; REGISTER_NONE: *word is its place in the argument words. */
static inline uint8_t convention_next(struct convention *convention, const struct target *target,
                                      enum value_type type, uint32_t *word) {
    *word = 0;
    if (type_is_float(type)) {
        if (convention->floats < target->float_parameter_count) {
            return target->float_parameters[convention->floats++];
        }
    } else if (convention->integers < target->integer_parameter_count) {
        return target->integer_parameters[convention->integers++];
    }
    *word = convention->words++;
    return REGISTER_NONE;
}

extern const struct target target_x86_64;
extern const struct target target_aarch64;
extern const struct target target_riscv64;
extern const struct target target_null;
