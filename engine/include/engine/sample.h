/* SPDX-License-Identifier: MIT */
/*
 * What a context was doing when something interrupted it, for profiles: at any instruction, in
 * prologues, epilogues, tail calls, stubs, or in C on the kernel stack.
 */
#pragma once
#include <engine/code.h>
#include <engine/context.h>

enum sample_place : uint8_t {
    SAMPLE_KERNEL,   /* C that a gate called: kernel, servers; or on the way in or out */
    SAMPLE_COMPILER, /* compiling the function that codes[0] calls */
    SAMPLE_HELPER,   /* C that does an instruction's work: memory.grow and the like */
    SAMPLE_STUB,     /* machine code that belongs to no function: thunks, memory.copy */
    SAMPLE_CODE,     /* in codes[0] itself */
};

constexpr uint32_t SAMPLE_FRAMES = 256;

struct sample {
    enum sample_place place;
    bool whole; /* the frames reach to the entry. False: there are more frames than fit, or at this
                   instruction the caller cannot be told; those that are there are right */
    uint32_t count;
    const struct code *codes[SAMPLE_FRAMES]; /* innermost first; valid until something runs on */
};

/* The registers of interrupted code. */
struct interrupted {
    uintptr_t pc, sp;
    uintptr_t link; /* the return address, on CPUs whose calls leave it in a register; else 0 */
};

/* The context that runs on this core was interrupted there. Async-signal-safe: takes
 * no lock, allocates nothing, takes bounded time, and trusts nothing that it finds on the stack. */
void context_sample(const struct context *context, const struct interrupted *at,
                    struct sample *sample);
