/* SPDX-License-Identifier: MIT */
/*
 * Who called whom: the frames of a context that trapped, or that was interrupted anywhere. Frames
 * have no links: code by pc says how large its frame is, and above that lies the return address,
 * which is the next pc. Nothing here takes a lock, allocates, or writes but to its results, so a
 * signal handler may ask; and nothing is read outside the process stack, whatever lies on it.
 */
#include "stub.h"
#include <engine/sample.h>

static bool on_stack(const struct context *context, uintptr_t address) {
    return address - context->stack_base <= context->stack_top - context->stack_base - 8;
}

/* The instance of a frame that is at a call: such a function keeps its base at a fixed place. */
static const struct instance *instance_of(const struct context *context, const struct code *code,
                                          uintptr_t sp) {
    uintptr_t place = sp + code->frame_size - 8;
    if (!on_stack(context, place)) {
        return nullptr;
    }
    const struct instance_header *base = *(struct instance_header *const *)place;
    return base[-1].instance;
}

/* Where the instruction at pc, or the call that returns there, lies in its module. */
static struct frame frame_of(const struct context *context, const struct code *code, uintptr_t pc,
                             uintptr_t sp) {
    const struct module *module = code->module;
    const struct code_site *site = code_site_find(code, (uint32_t)(pc - (uintptr_t)code->start));
    bool at_call = site != nullptr && site->trap == TRAP_NONE;
    return (struct frame){
        .instance = at_call ? instance_of(context, code, sp) : nullptr,
        .module = module,
        .function = code->function,
        .offset = site != nullptr
                      ? site->offset
                      : module->bodies[code->function - module->imported_functions].start,
    };
}

/* Bytes of the relay that returns to pc; 0: none does. */
static uint32_t relay_at(const struct context *context, uintptr_t pc) {
    for (uint32_t i = 0; i < RELAY_COUNT; i++) {
        if (pc == (uintptr_t)context->engine->stubs->relays[i]) {
            return relay_size((enum relay)i);
        }
    }
    return 0;
}

size_t context_trace(const struct context *context, struct frame *frames, size_t capacity) {
    size_t count = 0;
    uintptr_t pc = context->trap_pc, sp = context->trap_sp;
    while (count < capacity) {
        const struct code *code = code_find(context->engine, pc);
        uint32_t relay = relay_at(context, pc);
        if (code != nullptr) {
            frames[count++] = frame_of(context, code, pc, sp);
            bool in_body = pc - (uintptr_t)code->start >= code->prologue_size;
            sp += in_body ? code->frame_size : 0;
        } else if (relay != 0) {
            sp += relay;
        } else {
            break;
        }
        if (!on_stack(context, sp)) {
            break;
        }
        pc = *(const uintptr_t *)sp;
        sp += context->engine->target->linkage_size;
    }
    return count;
}

/* ---- samples ---- */

/* Where a walk is: interrupted at pc, or before the return to it. */
struct walk {
    const struct context *context;
    struct sample *sample;
    uintptr_t pc, sp, link;
};

static bool within(uintptr_t pc, const void *start, uint32_t size) {
    return pc - (uintptr_t)start < size;
}

/* Takes the return address at sp + distance. False: there is no stack there. */
static bool walk_up(struct walk *walk, uint32_t distance) {
    uintptr_t sp = walk->sp + distance;
    if (sp < walk->sp || sp % sizeof(uintptr_t) != 0 || !on_stack(walk->context, sp)) {
        return false;
    }
    walk->pc = *(const uintptr_t *)sp;
    walk->sp = sp + walk->context->engine->target->linkage_size;
    return true;
}

/* From where the code was interrupted. */
static bool walk_out(struct walk *walk, struct return_place place) {
    if (!place.linked) {
        return walk_up(walk, place.distance);
    }
    walk->pc = walk->link;
    walk->sp += place.distance;
    return walk->link != 0;
}

static void note(struct walk *walk, const struct code *code) {
    struct sample *sample = walk->sample;
    if (sample->count < SAMPLE_FRAMES) {
        sample->codes[sample->count++] = code;
    }
}

/* From a return address up to where the context began. */
static void walk_calls(struct walk *walk) {
    const struct stubs *stubs = walk->context->engine->stubs;
    struct sample *sample = walk->sample;
    while (sample->count < SAMPLE_FRAMES) {
        uint32_t relay = relay_at(walk->context, walk->pc);
        const struct code *code = code_find(walk->context->engine, walk->pc);
        if (within(walk->pc, stubs->finish, stubs->finish_size)) {
            sample->whole = true;
            return;
        }
        if (code == nullptr && relay == 0) {
            return;
        }
        if (code != nullptr) {
            note(walk, code);
        }
        if (!walk_up(walk, code != nullptr ? code->frame_size : relay)) {
            return;
        }
    }
}

/* pc is at any instruction of a function. */
static void walk_from_code(struct walk *walk, const struct code *code) {
    const struct target *target = walk->context->engine->target;
    note(walk, code);
    if (target->frame_left == nullptr) {
        return;
    }
    uint32_t at = (uint32_t)(walk->pc - (uintptr_t)code->start);
    if (walk_out(walk, target->frame_left(code, at))) {
        const struct code *caller = code_find(walk->context->engine, walk->pc);
        const struct code_site *site =
            caller == nullptr
                ? nullptr
                : code_site_find(caller, (uint32_t)(walk->pc - (uintptr_t)caller->start));
        if (caller == nullptr || (site != nullptr && site->trap == TRAP_NONE)) {
            walk_calls(walk);
        }
    }
}

/* pc is in a stub, on the process stack. */
static void walk_from_stub(struct walk *walk) {
    const struct stubs *stubs = walk->context->engine->stubs;
    const struct target *target = walk->context->engine->target;
    uint32_t relay = 0;
    for (uint32_t i = 0; i < RELAY_COUNT; i++) {
        if (within(walk->pc, stubs->relays[i], stubs->relay_sizes[i])) {
            relay = relay_size((enum relay)i);
        }
    }
    if (target->stub_left != nullptr &&
        walk_out(walk, target->stub_left((const uint8_t *)walk->pc, relay))) {
        walk_calls(walk);
    }
}

static void walk_from_process(struct walk *walk) {
    const struct stubs *stubs = walk->context->engine->stubs;
    const struct code *code = code_find(walk->context->engine, walk->pc);
    if (code != nullptr) {
        walk_from_code(walk, code);
    } else if (within(walk->pc, stubs->finish, stubs->finish_size)) {
        walk->sample->whole = true;
    } else if (!within(walk->pc, stubs->resume, stubs->resume_size)) {
        walk_from_stub(walk);
    }
}

/* On the kernel stack: in a gate, a helper, the compiler, or on the way in or out. */
static void walk_from_kernel(struct walk *walk) {
    const struct context *context = walk->context;
    walk->sample->place = (enum sample_place)context->activity;
    if (context->trap_pc != 0) {
        walk->pc = context->trap_pc;
        walk->sp = context->trap_sp;
        walk->link = 0; /* no site is where it matters */
        walk_from_process(walk);
    } else if (context->process_sp == 0) {
        walk->sample->whole = true;
    } else {
        walk->sp = context->process_sp;
        if (walk_up(walk, 0)) {
            walk_calls(walk);
        }
    }
}

void context_sample(const struct context *context, const struct interrupted *at,
                    struct sample *sample) {
    struct walk walk = {context, sample, at->pc, at->sp, at->link};
    sample->place = SAMPLE_KERNEL;
    sample->whole = false;
    sample->count = 0;
    bool in_process = at->sp - context->stack_base <= context->stack_top - context->stack_base;
    if (in_process && engine_owns(context->engine, at->pc)) {
        sample->place = code_find(context->engine, at->pc) != nullptr ? SAMPLE_CODE : SAMPLE_STUB;
        walk_from_process(&walk);
    } else {
        walk_from_kernel(&walk);
    }
}
