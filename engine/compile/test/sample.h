/* SPDX-License-Identifier: MIT */
/*
 * Samples at every single instruction while sample.wat runs, in prologues, epilogues, tail calls,
 * stubs and, where the CPU can, C: each time context_sample() has to say the same as the module,
 * where every function has one caller. Only while a relay is made may it know less.
 *
 * How one steps is the includer's: between stepping_start() and stepping_stop() it calls look()
 * before each instruction of the engine's code; STEPS_IN_C: and of C. True: the code goes on
 * elsewhere, as the signal's registers now say, and is not to be stepped through.
 */
#pragma once
#include "harness.h"
#include <engine/sample.h>
#include <string.h>

static void stepping_start(struct engine *engine);
static void stepping_stop(void);

static const uint8_t sample_wasm[] = {
#embed "sample.wasm"
};

static const struct {
    const char *function, *caller;
} callers[] = {
    {"frameless", "homes"},
    {"branches", "homes"},
    {"homes", "root"},
    {"results", "words"},
    {"words", "root"},
    {"near_target", "root"},
    {"near", "root"},
    {"near_before", "near"},
    {"wide_before", "wide_target"},
    {"wide_target", "root"},
    {"wide_again", "root"},
    {"far", "root"},
    {"indirect_target", "indirect"},
    {"indirect", "root"},
    {"bytes", "root"},
    {"gated", "root"},
    {"gated_last", "root"},
    {"many", "large"},
    {"few", "large"},
    {"large", "root"},
    {"root", ""},
};
constexpr size_t FUNCTIONS = sizeof callers / sizeof callers[0];
constexpr uint32_t FUNCTIONS_MAX = 32;

static struct context *context;
static const struct module *module;
static const char *names[FUNCTIONS_MAX], *caller_names[FUNCTIONS_MAX]; /* by index */

/* What the handler has seen. */
static uint64_t steps[FUNCTIONS_MAX], places[SAMPLE_CODE + 1], wrong, cut;
static uint32_t largest_frame;
static bool is_first;

static void learn_names(void) {
    for (uint32_t i = module->imported_functions; i < module->function_count; i++) {
        struct text name = module_function_name(module, i);
        for (size_t j = 0; j < FUNCTIONS; j++) {
            if (text_equal(name, text_of(callers[j].function))) {
                names[i] = callers[j].function;
                caller_names[i] = callers[j].caller;
            }
        }
        CHECK(names[i] != nullptr);
    }
}

static bool is(const struct code *code, const char *name) {
    return strcmp(names[code->function], name) == 0;
}

static bool is_chain(const struct sample *sample) {
    for (uint32_t i = 0; i + 1 < sample->count; i++) {
        if (!is(sample->codes[i + 1], caller_names[sample->codes[i]->function])) {
            return false;
        }
    }
    return sample->count == 0 || is(sample->codes[sample->count - 1], "root");
}

/* What lies between a function and C or a stub is known, too. */
static bool is_at_home(const struct sample *sample) {
    switch (sample->place) {
    case SAMPLE_HELPER:
        return sample->count != 0 && is(sample->codes[0], "bytes");
    case SAMPLE_KERNEL:
        return is_first || sample->count == 0 || is(sample->codes[0], "gated") ||
               is(sample->codes[0], "root") || is(sample->codes[0], "bytes");
    case SAMPLE_CODE:
        return sample->count != 0;
    default:
        return true;
    }
}

static bool look(void *user, const struct interrupted *at) {
    struct sample sample;
    context_sample(context, at, &sample);
    places[sample.place]++;
    if (sample.place == SAMPLE_CODE) {
        uint32_t frame = sample.codes[0]->frame_size;
        largest_frame = frame > largest_frame ? frame : largest_frame;
        steps[sample.codes[0]->function]++;
    }
    if (!sample.whole) {
        cut++;
        if (sample.count == 1 && is(sample.codes[0], "gated_last")) {
            return false;
        }
    } else if (is_chain(&sample) && is_at_home(&sample)) {
        return false;
    }
    if (wrong++ == 0) {
        fprintf(stderr, "wrong: place %d, whole %d, +0x%lx in %s, %u frames:", sample.place,
                sample.whole,
                sample.count == 0 ? 0 : (unsigned long)(at->pc - (uintptr_t)sample.codes[0]->start),
                sample.count == 0 ? "nothing" : names[sample.codes[0]->function], sample.count);
        for (uint32_t i = 0; i < sample.count && i < 8; i++) {
            fprintf(stderr, " %s", names[sample.codes[i]->function]);
        }
        fprintf(stderr, "\n");
    }
    return false;
}

static uint64_t run_root(struct instance *instance, bool steps_through) {
    struct external root;
    uint64_t values[1] = {5};
    CHECK(instance_export(instance, text_of("root"), &root) == OK);
    port_context_set(context);
    if (steps_through) {
        stepping_start(context->engine);
    }
    enum trap trap = context_enter(context, root.function, values);
    if (steps_through) {
        stepping_stop();
    }
    port_context_set(nullptr);
    CHECK(trap == TRAP_NONE);
    return values[0];
}

static struct context *add_one(struct context *caller, struct function *gate, uint64_t *values) {
    values[0]++;
    return caller;
}

static status_t resolve(void *data, const struct module *importer, const struct import *import,
                        struct external *out) {
    *out = (struct external){.kind = EXTERNAL_FUNCTION, .function = data};
    return OK;
}

static void complain(void *data, const struct module *importer, const struct import *import,
                     const char *why) {
    CHECK(false);
}

static void check_seen(void) {
    for (uint32_t i = module->imported_functions; i < module->function_count; i++) {
        CHECK(steps[i] > 0);
    }
    CHECK(wrong == 0);
    CHECK(places[SAMPLE_KERNEL] > 0 && places[SAMPLE_STUB] > 0);
    CHECK((places[SAMPLE_HELPER] > 0) == STEPS_IN_C);
    CHECK(largest_frame > 4096);
    CHECK(cut > 0 && cut < 20); /* one relay was made */
}

/* A first run steps through what compiles; there C is at work for whoever calls. */
static void test_runs(struct instance *instance) {
    is_first = true;
    uint64_t plain = run_root(instance, !STEPS_IN_C);
    is_first = false;
    memset(steps, 0, sizeof steps);
    memset(places, 0, sizeof places);
    cut = 0;
    CHECK(run_root(instance, true) == plain);
    check_seen();
}

static void test_samples_with(uint64_t features, enum memory_mode mode) {
    struct engine *engine = engine_with(port_target(), features);
    struct module *own = module_in_mode(engine, mode, sample_wasm, sizeof sample_wasm);
    struct function *gate = nullptr;
    struct instance *instance;
    module = own;
    learn_names();
    CHECK(context_create(engine, 256 * 1024, &context) == OK);
    CHECK(gate_create(context, engine_type_parse(engine, "i", "i"), add_one, nullptr, &gate) == OK);
    CHECK(instance_create(own, context, &instance) == OK);
    CHECK(instance_link(instance, resolve, complain, gate) == OK);
    CHECK(instance_initialize(instance) == TRAP_NONE);
    test_runs(instance);
    instance_destroy(instance);
    gate_destroy(gate);
    context_destroy(context);
    module_destroy(own);
    engine_destroy(engine);
}

/* In both memory modes, with all features of the CPU and with none. */
static inline void test_samples(void) {
    const enum memory_mode modes[] = {MEMORY_GUARD, MEMORY_CHECKED};
    for (size_t i = 0; i < 2; i++) {
        test_samples_with(0, modes[i]);
        test_samples_with(port_target()->features_detect(), modes[i]);
    }
}
